#!/usr/bin/env bash
# Unpacks into FOLDER the shared libraries that the wheel firebird-embedded needs and the system
# lacks, from the distribution's packages. Needs no root and installs nothing.
set -euo pipefail
mkdir -p "$1"; folder=$(realpath "$1")
has() { ldconfig -p 2>/dev/null | grep -q "$1" || compgen -G "$folder/$1*" >/dev/null; }
missing=()
has libtommath.so.1 || missing+=(libtommath1)
has libicuuc.so. || missing+=('icu')
[ ${#missing[@]} -gt 0 ] || exit 0
command -v apt-get >/dev/null || { echo "tests/engine: please install ${missing[*]}" >&2; exit 0; }

work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; chmod 755 "$work"; cd "$work"
apt-cache show libtommath1 >/dev/null 2>&1 || [ "$(id -u)" != 0 ] || apt-get update -qq
for package in "${missing[@]}"; do
    [ "$package" != icu ] ||
        package=$(apt-cache pkgnames libicu | grep -E '^libicu[0-9]+$' | sort -V | tail -1)
    apt-get -o APT::Sandbox::User=root download -qq "$package"
    dpkg -x "$package"_*.deb .
done
find . -name 'lib*.so.*' -exec cp -P {} "$folder" \;
