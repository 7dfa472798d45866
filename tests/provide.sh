#!/bin/sh
# The programs beside Python that tests start. Installs what is missing, once; where it may not, the tests that
# need a program say so and are skipped.
set -eu
missing=""
[ -x /usr/sbin/nginx ] || missing="$missing nginx"
php -m 2>/dev/null | grep -qi '^soap$' || missing="$missing php-cli php-soap"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not installed, and not to be installed by this user:$missing" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1    # installed, not started
apt-get -qq update
# shellcheck disable=SC2086 # a list of words
apt-get -qq install -y --no-install-recommends $missing >/dev/null
