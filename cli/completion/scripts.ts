// Writes the completion scripts for bash, zsh and fish. They ask the program for every word, so that they fit its later versions too. Pure.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are the shell's

/** The first argument by which a script calls the program; what is typed comes last. */
export const COMPLETE = '__complete'

/**
 * Names come from a master that need not be honest: `compgen -W` would run commands in them, `printf %q` quotes them.
 * bash splits words at `:`, `=` and `@`. They are joined here by what stands in the line, and what bash does not replace is cut off.
 */
const BASH = `_mirrorfleet() {
  local index piece rest="$COMP_LINE" cut="" last=-1 kind="" line words=()
  COMPREPLY=()
  for ((index = 0; index <= COMP_CWORD; index++)); do
    piece="\${COMP_WORDS[index]}"
    if [[ $last -lt 0 || -z "$COMP_LINE" || "$rest" == [[:space:]]* ]]; then
      last=$((last + 1)) words[last]="" cut=""
    fi
    rest="\${rest#*"$piece"}"
    piece="\${piece//[\\'\\"\\\\]/}"
    [[ "$piece" == [:=@]* || $index -lt $COMP_CWORD ]] && cut="\${words[last]}$piece"
    words[last]="\${words[last]}$piece"
  done
  while IFS= read -r line; do
    if [[ -z "$kind" ]]; then kind="$line"; continue; fi
    line="\${line%%$'\\t'*}"
    printf -v line %q "\${line#"$cut"}"
    COMPREPLY+=("$line")
  done < <(command mirrorfleet ${COMPLETE} "\${words[@]:1}" </dev/null 2>/dev/null)
  if [[ "$kind" != files ]]; then
    compopt -o nosort 2>/dev/null
  elif ! compopt -o default 2>/dev/null; then
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "\${words[last]}")
  fi
  return 0
}
complete -F _mirrorfleet mirrorfleet`

/** compadd quotes what it inserts. */
const ZSH = `#compdef mirrorfleet
_mirrorfleet() {
  local line kind
  local -a values shown
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; continue; fi
    values+=("\${line%%$'\\t'*}")
    shown+=("\${line/$'\\t'/  -- }")
  done < <(command mirrorfleet ${COMPLETE} "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" </dev/null 2>/dev/null)
  if [[ $kind == files ]]; then
    _files
  else
    compadd -l -V mirrorfleet -d shown -a values
  fi
}
if (( ! $+functions[compdef] )); then autoload -Uz compinit && compinit; fi
if [[ \${funcstack[1]} == _mirrorfleet ]]; then _mirrorfleet "$@"; else compdef _mirrorfleet mirrorfleet; fi`

/** fish escapes what it inserts. */
const FISH = `function __mirrorfleet_complete
    set -l before (commandline -opc)
    set -e before[1]
    set -l typed (commandline -ct)
    set -l lines (command mirrorfleet ${COMPLETE} $before "$typed" </dev/null 2>/dev/null)
    if test "$lines[1]" = files
        __fish_complete_path "$typed"
    else if set -q lines[2]
        printf '%s\\n' $lines[2..-1]
    end
end
complete -c mirrorfleet -f -k -a '(__mirrorfleet_complete)'`

const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH }
export type Shell = keyof typeof SCRIPTS
export const SHELLS = ['bash', 'zsh', 'fish'] as const satisfies readonly Shell[]

/** The script for a shell. */
export function writeCompletion(shell: Shell): string {
  return SCRIPTS[shell]
}
