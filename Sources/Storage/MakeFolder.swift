import Foundation

/// Makes a folder and those above it, where they are not there: 0, or the system's number for why it can't be. Foundation
/// does not say why.
public func makeFolder(_ path: String, mode: mode_t = 0o755) -> Int32 {
    if mkdir(path, mode) == 0 { return 0 }
    let code = errno
    var status = stat()
    if stat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFDIR ? 0 : ENOTDIR }
    let parent = (path as NSString).deletingLastPathComponent
    guard code == ENOENT, !parent.isEmpty, parent != path else { return code }
    let above = makeFolder(parent, mode: mode)
    guard above == 0 else { return above }
    return mkdir(path, mode) == 0 || errno == EEXIST ? 0 : errno
}
