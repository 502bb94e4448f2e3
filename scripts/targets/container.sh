#!/bin/sh
# Inside a container of Debian 12 with Node, privileged, with the repository in /source: what all.sh needs, then all.sh.
set -eu
apt-get update
apt-get install -y debootstrap python3-pip qemu-user-static
curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal
export PATH="$HOME/.cargo/bin:$PATH"
cp -r /source /work
cd /work
npm ci --ignore-scripts
sh scripts/targets/all.sh
