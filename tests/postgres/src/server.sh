# Runs a PostgreSQL for whoever holds the other end of this script's standard input, and takes it away when that end is
# closed, however it came to be closed. It is told `start`, `stop` and `kill`, and answers each with one line.
bin=$1
# Where there are these two, it listens on this port as well, and shows the certificate and has the key of this directory.
port=${2-}
tls=${3-}
set -u
# Ctrl-C is for the tests; this still has to clean up after them.
trap : INT TERM HUP
dir=$(mktemp -d "${TMPDIR:-/tmp}/insula-pg-XXXXXX") || exit 1
pid=

log() { tail -n 5 "$dir/log" | tr '\n' ' '; }

start() {
    # Where tests run, a power cut is of no concern.
    set -- -c fsync=${INSULA_TEST_FSYNC:-off} -c max_connections=200 -c shared_buffers=128MB
    if [ -n "$tls" ]; then
        # The key of somebody else is none to PostgreSQL.
        install -m 600 "$tls/key.pem" "$tls/certificate.pem" "$dir"
        set -- "$@" -c ssl=on -c ssl_key_file="$dir/key.pem" -c ssl_cert_file="$dir/certificate.pem"
    fi
    "$bin/postgres" -D "$dir/data" -k "$dir" -p "${port:-5432}" -c listen_addresses=${tls:+localhost} "$@" >>"$dir/log" 2>&1 &
    pid=$!
    while ! "$bin/pg_isready" -q -h "$dir" -p "${port:-5432}"; do
        kill -0 "$pid" 2>/dev/null || { echo "failed: $(log)"; return; }
        sleep 0.02
    done
    echo "ready $dir"
}

# INT: clients are cut off, and all is written; QUIT: nothing is, as when it crashes (PostgreSQL's documentation, 19.5).
end() {
    [ -n "$pid" ] && kill -s "$1" "$pid" && wait "$pid"
    pid=
}

# With the order of a dictionary, as most have it; before version 15 with that of bytes.
init() { "$bin/initdb" -D "$dir/data" -U insula --auth=trust -E UTF8 --locale=C --no-sync "$@" >"$dir/log" 2>&1; }
if init --locale-provider=icu --icu-locale=en-US || init; then
    while read -r word; do
        case $word in
        start) start ;;
        stop) end INT; echo stopped ;;
        kill) end QUIT; echo stopped ;;
        esac
    done
else
    echo "failed: $(log)"
fi
end QUIT
rm -rf "$dir"
