# SPDX-License-Identifier: BSD-2-Clause
# fish completion for lockval; commands and options are asked of lockval itself.
function __lockval_commands
    lockval --help 2>/dev/null | sed -n 's/^  lockval \([a-z]*\)  *\(.*\)/\1\t\2/p'
end

function __lockval_options
    set -l words (commandline -opc)
    lockval $words[2] --help 2>/dev/null | grep -o -e '--[a-z][a-z-]*' | sort -u
end

complete -c lockval -n __fish_use_subcommand -f -a '(__lockval_commands)'
complete -c lockval -n '__fish_seen_subcommand_from explain' -f -a "(lockval explain 2>/dev/null | sed -n 's/^  \([a-z-]*\)  *\(.*\)/\1\t\2/p')"
complete -c lockval -n '__fish_seen_subcommand_from order' -a 'suggest check'
complete -c lockval -n 'not __fish_use_subcommand; and string match -q -- "-*" (commandline -ct)' -f -a '(__lockval_options)'
