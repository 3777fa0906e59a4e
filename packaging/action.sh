#!/usr/bin/env bash
# What action.yml runs: gets the program, runs `check` once with every format that was asked for, and ends as it did.
set -euo pipefail

fail() {
    # Not to standard output, which may be somebody's variable; the runner reads both.
    printf '::error title=decryptable::%s\n' "$1" >&2
    exit 2
}

# Prints the path of the program.
program() {
    local version=${DECRYPTABLE_VERSION:-source}
    local home=${RUNNER_TEMP:-/tmp}/decryptable
    case $version in
        installed)
            command -v decryptable || fail 'version is "installed", and there is no decryptable on PATH'
            ;;
        source)
            command -v cargo > /dev/null || fail 'version is "source", and there is no cargo on this runner'
            cargo install --quiet --locked --root "$home" --path "$GITHUB_ACTION_PATH" >&2
            echo "$home/bin/decryptable"
            ;;
        *[!0-9A-Za-z.+-]*)
            fail 'version is a number such as 0.1.0, "source" or "installed"'
            ;;
        *)
            release "$version" "$home"
            echo "$home/decryptable"
            ;;
    esac
}

# A static program out of a release, if its checksum is the published one.
release() {
    local version=$1 home=$2 machine file base
    [ -n "${DECRYPTABLE_REPOSITORY:-}" ] || fail 'a release needs OWNER/REPOSITORY in uses; a local action has version "source"'
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64) machine=x86_64-unknown-linux-musl ;;
        Linux-aarch64) machine=aarch64-unknown-linux-musl ;;
        Darwin-x86_64) machine=x86_64-apple-darwin ;;
        Darwin-arm64) machine=aarch64-apple-darwin ;;
        *) fail "there is no release for $(uname -s) on $(uname -m); use version: source" ;;
    esac
    file=decryptable-$machine.tar.xz
    base=${GITHUB_SERVER_URL:-https://github.com}/$DECRYPTABLE_REPOSITORY/releases/download/v$version
    mkdir -p "$home"
    curl --fail --silent --show-error --location --retry 3 --output "$home/$file" "$base/$file" >&2 ||
        fail "there is no release $version for $machine"
    curl --fail --silent --show-error --location --retry 3 --output "$home/$file.sha256" "$base/$file.sha256" >&2 ||
        fail "release $version has no checksum"
    (cd "$home" && { sha256sum --check --status "$file.sha256" || shasum --algorithm 256 --check --status "$file.sha256"; }) ||
        fail "the checksum of $file is not the published one"
    tar --extract --file "$home/$file" --directory "$home" --strip-components 1
}

main() {
    # From the root of the repository, so that places are paths in it.
    cd "${GITHUB_WORKSPACE:-.}"
    local program arguments=() code=0 path
    program=$(program)
    arguments=(check --no-progress --color never)
    arguments+=(--fail-on "${DECRYPTABLE_FAIL_ON:-error}" --unknown "${DECRYPTABLE_UNKNOWN:-fail}" --format human)
    [ -z "${DECRYPTABLE_CONFIG:-}" ] || arguments+=(--config "$DECRYPTABLE_CONFIG")
    [ -z "${DECRYPTABLE_BASELINE:-}" ] || arguments+=(--baseline "$DECRYPTABLE_BASELINE")
    local annotations=${RUNNER_TEMP:-/tmp}/decryptable-annotations.txt summary=${RUNNER_TEMP:-/tmp}/decryptable-summary.md
    rm -f "$annotations" "$summary"
    [ "${DECRYPTABLE_ANNOTATIONS:-true}" != true ] || arguments+=(--format github --output "$annotations")
    [ "${DECRYPTABLE_SUMMARY:-true}" != true ] || arguments+=(--format markdown --output "$summary")
    if [ -n "${DECRYPTABLE_SARIF:-}" ]; then
        arguments+=(--format sarif --output "$DECRYPTABLE_SARIF")
    fi
    arguments+=(--)
    while IFS= read -r path; do
        [ -z "$path" ] || arguments+=("$path")
    done <<< "${DECRYPTABLE_PATHS:-}"
    "$program" "${arguments[@]}" || code=$?
    [ ! -s "$annotations" ] || cat "$annotations"
    if [ -s "$summary" ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
        cat "$summary" >> "$GITHUB_STEP_SUMMARY"
    fi
    if [ -n "${GITHUB_OUTPUT:-}" ]; then
        printf 'exit-code=%s\nsarif-file=%s\n' "$code" "${DECRYPTABLE_SARIF:-}" >> "$GITHUB_OUTPUT"
    fi
    return "$code"
}

main
