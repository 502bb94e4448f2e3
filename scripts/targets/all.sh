#!/bin/sh
# From nothing to the table of docs/reference/platforms.md, on a Debian, as root: builds the libraries for Linux and one
# for Windows, packs them and tries them.
set -eu
cd "$(dirname "$0")/../.."

npm run build -- --portable
npm run test:reproducible
for name in linux-arm64-gnu linux-x64-musl linux-arm64-musl win32-x64-gnullvm; do
  npm run build -- --target "$name" --build-std
done
npm run pack:platforms
npm run test:targets -- --complete
