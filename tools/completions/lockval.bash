# SPDX-License-Identifier: BSD-2-Clause
# bash completion for lockval. Commands and options are asked of lockval itself,
# so that they are always those of the one that is installed.
_lockval_grades="deadlock inversion class class-inferred guarded ordered
    single-thread misuse rule refuted all none"

_lockval_commands() {
    "$1" --help 2>/dev/null | sed -n 's/^  lockval \([a-z]*\) .*/\1/p'
}

_lockval_options() {
    "$1" "$2" --help 2>/dev/null | grep -o -e '--[a-z][a-z-]*' | sort -u
}

_lockval() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} i

    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} == -- ]]; then
            _command_offset $((i + 1)) 2>/dev/null ||
                mapfile -t COMPREPLY < <(compgen -o default -- "$word")
            return
        fi
    done
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "$(_lockval_commands "$1")" -- "$word")
        return
    fi
    case $before in
    --fail-on) mapfile -t COMPREPLY < <(compgen -W "$_lockval_grades" -- "${word##*,}") ;;
    --on-deadlock) mapfile -t COMPREPLY < <(compgen -W "report abort exit" -- "$word") ;;
    --format) mapfile -t COMPREPLY < <(compgen -W "$(_lockval_forms "$1")" -- "$word") ;;
    explain) mapfile -t COMPREPLY < <(compgen -W "$("$1" explain 2>/dev/null |
        sed -n 's/^  \([a-z-]*\)  .*/\1/p')" -- "$word") ;;
    order) mapfile -t COMPREPLY < <(compgen -W "suggest check" -- "$word") ;;
    *)
        if [[ $word == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W \
                "$(_lockval_options "$1" "${COMP_WORDS[1]}")" -- "$word")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
        fi
        ;;
    esac
}

# The list behind "--format FORM" in the help of `report`.
_lockval_forms() {
    "$1" report --help 2>/dev/null | sed -n '/--format FORM/,/^  -/p' |
        sed '$d;s/--format FORM//;s/(default)//g;s/\bor\b//g;s/,/ /g'
}

complete -F _lockval lockval
