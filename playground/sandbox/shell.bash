# Read by each pane's bash (--rcfile). What a transcript needs of its shell; FORMAT in docs/guide/authoring.md.
# Marks are OSC 133: A prompt, B end of prompt, E;COMMAND what was typed, C its output begins, D;STATUS it has
# ended. Each carries this pane's own word, so a nested shell or a printed mark counts for nothing. A B says when its
# prompt was made (bash 5): readline prints it again where it draws a line anew, and then nothing is asked for.

# By variables, because each $(…) would be a process more at every start.
__mark() { printf -v "$1" '\e]133;%s;aid=%s\a' "$2" "$PLAYGROUND_AID"; }
__mark A "A;pid=$$"; __mark B 'B;at=$EPOCHREALTIME'; __mark C C; __mark A2 'A;k=s'; __mark B2 'B;k=s;at=$EPOCHREALTIME'
PS1='\['$A'\]$ \['$B'\]'
PS2='\['$A2'\]> \['$B2'\]'
PS0='\e]133;E;aid='$PLAYGROUND_AID';$(builtin history 1)\a'$C
unset A B C A2 B2
unset PROMPT_COMMAND
# Node gives back a terminal as it found it: begun by `&`, as readline had it at the prompt, without echo.
PROMPT_COMMAND='printf "\e]133;D;%s;aid='$PLAYGROUND_AID'\a" "$?"; [ -z "${!-}" ] || stty echo icanon icrnl'
unset -f __mark command_not_found_handle
unset PLAYGROUND_AID HISTFILE HISTCONTROL HISTIGNORE HISTTIMEFORMAT PROMPT_DIRTRIM MAILCHECK
unalias -a
trap - DEBUG ERR

set +o histexpand
shopt -s checkwinsize cmdhist lithist
bind 'set enable-bracketed-paste on'; bind 'set enable-active-region off'; bind 'set bell-style none'
# Without it the kernel throws away what a program has printed and nobody has read yet when Ctrl-C is pressed.
[ -n "$PLAYGROUND_NOFLSH" ] || stty noflsh
unset PLAYGROUND_NOFLSH
cd "$PLAYGROUND_FOLDER" && unset PLAYGROUND_FOLDER OLDPWD
