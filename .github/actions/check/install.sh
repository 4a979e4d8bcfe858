#!/usr/bin/env bash
#
# Puts the released xfed for this runner on the path, once its checksum and the attestation of where
# it was built are right.

set -euo pipefail

case $RUNNER_OS-$RUNNER_ARCH in
Linux-X64) target=x86_64-unknown-linux-musl archive=tar.gz ;;
Linux-ARM64) target=aarch64-unknown-linux-musl archive=tar.gz ;;
macOS-X64) target=x86_64-apple-darwin archive=tar.gz ;;
macOS-ARM64) target=aarch64-apple-darwin archive=tar.gz ;;
Windows-X64) target=x86_64-pc-windows-msvc archive=zip ;;
*)
    printf '::error title=xfed::there is no release for %s on %s\n' "$RUNNER_OS" "$RUNNER_ARCH"
    exit 2
    ;;
esac

tag=()
[[ $XFED_RELEASE == latest ]] || tag=("v${XFED_RELEASE#v}")
# An action that is used by its path belongs to the repository that runs it.
repository=${XFED_REPOSITORY:-$GITHUB_REPOSITORY}

folder=$(mktemp -d "$RUNNER_TEMP/xfed.XXXXXX")
cd "$folder"
gh release download ${tag[@]+"${tag[@]}"} --repo "$repository" --pattern "xfed-*-$target.$archive" --pattern SHA256SUMS
file=$(echo xfed-*-"$target.$archive")
grep -F -- " $file" SHA256SUMS >wanted
if command -v sha256sum >/dev/null; then sha256sum --check wanted; else shasum -a 256 --check wanted; fi
gh attestation verify "$file" --repo "$repository" >/dev/null

case $archive in
zip) 7z x -bso0 "$file" ;;
*) tar -xzf "$file" ;;
esac
name=${file%."$archive"}
path=$folder/$name
[[ $RUNNER_OS != Windows ]] || path=$(cygpath -w "$path")
printf '%s\n' "$path" >>"$GITHUB_PATH"
"$folder/$name/xfed" --version
