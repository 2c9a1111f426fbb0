#!/usr/bin/env bash
# Installs the Debian package in a bare system and uses it there.
#
#   install-the-package.sh PACKAGE.deb      as root; takes about two minutes and 600 MB of a temporary folder
#
# The system is the release that this one is, by debootstrap, with the sources of packages that this one has.
set -euo pipefail
package=$(realpath "$1")
. /etc/os-release
root=$(mktemp -d)
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
fail() { echo "failed: $*" >&2; exit 1; }
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive NO_COLOR=1 "$@"; }

mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\).*/\2/p' | sed 1q || true)
echo "A bare $PRETTY_NAME ..."
debootstrap --variant=minbase "$VERSION_CODENAME" "$root" "${mirror:-http://deb.debian.org/debian}" >"$root.log" 2>&1 ||
    fail "debootstrap: $(tail -n 3 "$root.log")"
rm -f "$root.log"
apt-config dump | grep '^Acquire::' >"$root/etc/apt/apt.conf.d/99acquire"  # its way to the network, a proxy perhaps
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"

echo "Installing $(basename "$package") ..."
cp "$package" "$root/tmp/flperf.deb"
inside apt-get install -y --no-install-recommends /tmp/flperf.deb >"$root/tmp/apt.log" 2>&1 || fail "$(tail -n 5 "$root/tmp/apt.log")"

echo "$ flperf --version"
inside flperf --version
echo "$ flperf run --suite quick --iterations 2"
output=$(inside flperf run --suite quick --iterations 2 --progress none 2>&1) || fail "$output"
echo "$output"
grep -q 'Tokens/s' <<<"$output" || fail "it printed no results"
grep -q 'simulat' <<<"$output" || fail "it did not say that it measured the simulator"
inside flperf log verify || fail "log verify"
inside flperf rebuild --check || fail "rebuild --check"
echo "$ apt-get remove flperf"
inside apt-get remove -y flperf >/dev/null 2>&1 || fail "it can't be removed"
inside test ! -e /usr/bin/flperf || fail "/usr/bin/flperf is still there"
inside test -d /root/.local/share/flperf || fail "what was measured is gone"
echo "The package installs, measures and leaves what was measured."
