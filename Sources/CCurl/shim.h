#ifndef FLPERF_CCURL_SHIM_H
#define FLPERF_CCURL_SHIM_H

#include <curl/curl.h>

#ifdef __linux__
// The wait for libcurl's sockets. Not variadic and no macros, but missing from Swift's Glibc module.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#endif

// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic (and macros under gcc); Swift imports neither.
// Each wrapper below fixes the one type that its options take, so that the compiler checks it.

// Options that take a long: a bare int through the variadic call would be read as 8 bytes.
static inline CURLcode flperf_easy_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

// Options that take a size: curl_off_t is 64 bits everywhere, a long is not.
static inline CURLcode flperf_easy_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

// Options that take a string, which libcurl copies (all but CURLOPT_POSTFIELDS, which takes a pointer below).
static inline CURLcode flperf_easy_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

// Options that take a pointer to something of ours that must outlive the transfer: callback data, lists, POSTFIELDS.
static inline CURLcode flperf_easy_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return curl_easy_setopt(easy, option, value);
}

// CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION have this one signature; a function is no object pointer in C.
static inline CURLcode flperf_easy_set_write(CURL *easy, CURLoption option, curl_write_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}

// CURLOPT_READFUNCTION: the request's body, when it is too long to go out in one piece.
static inline CURLcode flperf_easy_set_read(CURL *easy, curl_read_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_READFUNCTION, callback);
}

// CURLOPT_PREREQFUNCTION: called once the connection stands, just before the request is written.
static inline CURLcode flperf_easy_set_prereq(CURL *easy, curl_prereq_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

// http and https only: the option with names came in 7.85, the one with bits is deprecated since.
static inline CURLcode flperf_easy_set_web_only(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

// Readings that are a long: the status, the count of new connections.
static inline CURLcode flperf_easy_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

// Readings that are a curl_off_t: the times of the transfer, in microseconds.
static inline CURLcode flperf_easy_get_size(CURL *easy, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(easy, info, value);
}

// CURLINFO_PRIVATE is typed char * for history's sake; it gives back the pointer that CURLOPT_PRIVATE was given.
static inline CURLcode flperf_easy_get_private(CURL *easy, void **value) {
    return curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)value);
}

// Options of the multi handle that take a long: the size of the pool of connections.
static inline CURLMcode flperf_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// Whom libcurl tells which socket to watch for what. Function and data go together, so they are set together.
static inline CURLMcode flperf_multi_set_socket(CURLM *multi, curl_socket_callback callback, void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    return code ? code : curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
}

// Whom libcurl tells when it wants to be called again.
static inline CURLMcode flperf_multi_set_timer(CURLM *multi, curl_multi_timer_callback callback, void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return code ? code : curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
}

// CURL_SOCKET_TIMEOUT is a macro with a cast, which Swift does not import: the call that means "your timer is due".
static inline CURLMcode flperf_multi_timer_is_due(CURLM *multi) {
    int running = 0;
    return curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

// A message's union of void * and CURLcode: Swift sees the union, this names the half that CURLMSG_DONE fills.
static inline CURLcode flperf_message_result(const CURLMsg *message) {
    return message->data.result;
}

#endif
