#!/usr/bin/env bash
# Makes a Debian package of flperf: one program with the Swift runtime inside, suites, completions, manual, systemd unit.
#
#   Sources/Packaging/make-deb.sh [FOLDER]
#
# Builds for release into .build-deb, the first time in ten to fifteen minutes, and writes flperf_VERSION_ARCH.deb into FOLDER,
# by default the current one. The package is for the Debian or Ubuntu release that it is made on: it needs the libraries of
# LMDB, libcurl and OpenSSL, and no Swift.
set -euo pipefail
out=$(realpath "${1:-.}")
cd "$(dirname "$0")/../.."
for tool in ar cc dpkg-deb dpkg-shlibdeps gzip objcopy python3 swift; do
    command -v "$tool" >/dev/null || {
        echo "make-deb.sh: '$tool' is missing. Install what makes packages with 'apt-get install build-essential python3'." >&2
        exit 1
    }
done

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

# Foundation brings ICU's data, 34 MB; of these the program gets what English takes. A name of ours for it keeps the linker
# from taking the original.
mkdir -p .build-deb/icu
runtime=$(swiftc -print-target-info -static-stdlib | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
archive=$runtime/linux/lib_FoundationICU.a
(cd "$stage" && ar x "$archive" icu_packaged_data.cpp.o && objcopy -O binary --only-section=.rodata icu_packaged_data.cpp.o icu)
symbol=$(nm "$stage/icu_packaged_data.cpp.o" | sed -n 's/.* R \(icudt[0-9]*_dat\)$/\1/p')
python3 Sources/Packaging/english_icu.py english_icu_data "$stage/icu" "$stage/icu.s"
cc -c "$stage/icu.s" -o .build-deb/icu/data.o

# The runtime has every name of it kept for others to look up, which nobody does: without them what is never called goes too.
# Packed relocations save 3 MB; they take lld, which comes with Swift, and glibc 2.36 where it runs.
relocations=()
if dpkg --compare-versions "$(dpkg-query -W -f '${Version}' libc6)" ge 2.36; then
    relocations=(-Xlinker -z -Xlinker pack-relative-relocs)
fi
echo '{ local: *; };' >.build-deb/no-names
build=(swift build -c release --scratch-path .build-deb --product flperf --static-swift-stdlib -Xswiftc -use-ld=lld
    -Xlinker -s -Xlinker --icf=safe "${relocations[@]}" -Xlinker "--version-script=$PWD/.build-deb/no-names"
    -Xlinker "$PWD/.build-deb/icu/data.o" -Xlinker "--defsym=$symbol=english_icu_data")
"${build[@]}" >&2
program=$("${build[@]}" --show-bin-path)/flperf
version=$("$program" --version | awk '{ print $NF }')
arch=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-FLPerformance} <${DEBEMAIL:-root@$(hostname -f)}>"

root=$stage/root
mkdir -m 755 "$root"
put() { install -D -m "$1" "$2" "$root/$3"; }

put 755 "$program" usr/bin/flperf
for suite in suites/*; do put 644 "$suite" "usr/share/flperf/$suite"; done
put 644 Sources/Packaging/flperf.service lib/systemd/system/flperf.service

"$program" --generate-completion-script bash >"$stage/bash"
"$program" --generate-completion-script zsh >"$stage/zsh"
"$program" --generate-completion-script fish >"$stage/fish"
put 644 "$stage/bash" usr/share/bash-completion/completions/flperf
put 644 "$stage/zsh" usr/share/zsh/vendor-completions/_flperf
put 644 "$stage/fish" usr/share/fish/vendor_completions.d/flperf.fish

# One page a command, from the same descriptions as --help: `man flperf run`.
manual=(swift build --package-path .build-deb/checkouts/swift-argument-parser --scratch-path .build-deb/manual --product generate-manual)
"${manual[@]}" >&2
mkdir "$stage/manual"
"$("${manual[@]}" --show-bin-path)/generate-manual" "$program" --multi-page --output-directory "$stage/manual"
for page in "$stage"/manual/*.1; do
    name=$(basename "$page" .1)
    sed -i -e '/^\.Dt /s/\./-/2g' -e '/^\.Nm "/{s/"//g;s/ /-/2g}' "$page"
    gzip -9n "$page"
    put 644 "$page.gz" "usr/share/man/man1/${name//./-}.1.gz"
done

doc=usr/share/doc/flperf
put 644 README.md "$doc/README.md"
gzip -9n "$root/$doc/README.md"
{
    echo "flperf $version holds the Swift runtime with Foundation, and these libraries, under these licences. That of the runtime,"
    echo "and every Apache License below, is the Apache License 2.0, /usr/share/common-licenses/Apache-2.0."
    for folder in .build-deb/checkouts/*/; do
        for file in "$folder"LICENSE* "$folder"NOTICE*; do
            [ -f "$file" ] || continue
            printf '\n\n==== %s: %s\n\n' "$(basename "$folder")" "$(basename "$file")"
            if grep -q 'TERMS AND CONDITIONS FOR USE, REPRODUCTION' "$file"; then
                echo "Apache License 2.0"
                sed -n '/^## Runtime Library Exception/,$p' "$file"
            else
                cat "$file"
            fi
        done
    done
} >"$stage/copyright"
put 644 "$stage/copyright" "$doc/copyright"

printf 'flperf (%s) stable; urgency=medium\n\n  * As built from its sources.\n\n -- %s  %s\n' \
    "$version" "$maintainer" "$(date -R)" >"$stage/changelog"
put 644 "$stage/changelog" "$doc/changelog"
gzip -9n "$root/$doc/changelog"

# What it is linked with, as the packages of this release have it.
mkdir -p "$stage/debian" "$root/DEBIAN"
printf 'Source: flperf\n\nPackage: flperf\nArchitecture: any\n' >"$stage/debian/control"
depends=$(cd "$stage" && dpkg-shlibdeps -O --ignore-missing-info root/usr/bin/flperf 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
# What packs relocations asks of glibc has no symbol that would tell.
[ ${#relocations[@]} = 0 ] || depends=${depends/libc6 (>= 2.35)/libc6 (>= 2.36)}
cat >"$root/DEBIAN/control" <<CONTROL
Package: flperf
Version: $version
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size "$root" | cut -f1)
Depends: $depends
Section: science
Priority: optional
Description: benchmarks of language models, kept as a log that can be proven
 Measures the language models that are served on a machine (Foundry Local,
 Ollama, llama.cpp, LM Studio, vLLM, any OpenAI-compatible server): throughput,
 time to first token, time per output token, percentiles, errors, resources.
 Every request is an event in an append-only log; tables and figures are folded
 from it, and anew with other formulas.
 .
 'flperf run' measures what is served here. The service is started with
 'systemctl enable --now flperf'.
CONTROL
(cd "$root" && find usr lib -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
dpkg-deb --root-owner-group --build "$root" "$out/flperf_${version}_$arch.deb" >&2
echo "$out/flperf_${version}_$arch.deb"
