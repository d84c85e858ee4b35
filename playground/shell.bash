# Read by each pane's bash (--rcfile). What a transcript needs of its shell; FORMAT in docs/guide/authoring.md.
# Marks are OSC 133: A prompt, B end of prompt, E;COMMAND what was typed, C its output begins, D;STATUS it has
# ended. Each carries this pane's own word, so a nested shell or a printed mark counts for nothing.

__mark() { printf '\e]133;%s;aid=%s\a' "$1" "$PLAYGROUND_AID"; }
PS1='\['$(__mark "A;pid=$$")'\]$ \['$(__mark B)'\]'
PS2='\['$(__mark 'A;k=s')'\]> \['$(__mark 'B;k=s')'\]'
PS0='\e]133;E;aid='$PLAYGROUND_AID';$(builtin history 1)\a'$(__mark C)
unset PROMPT_COMMAND
PROMPT_COMMAND='printf "\e]133;D;%s;aid='$PLAYGROUND_AID'\a" "$?"'
unset -f __mark command_not_found_handle
unset PLAYGROUND_AID HISTFILE HISTCONTROL HISTIGNORE HISTTIMEFORMAT PROMPT_DIRTRIM MAILCHECK
unalias -a
trap - DEBUG ERR

set +o histexpand
shopt -s checkwinsize cmdhist lithist
bind 'set enable-bracketed-paste on'; bind 'set enable-active-region off'; bind 'set bell-style none'
# Without it the kernel throws away what a program has printed and nobody has read yet when Ctrl-C is pressed.
stty noflsh
cd "$PLAYGROUND_FOLDER" && unset PLAYGROUND_FOLDER OLDPWD
