import { command } from "./command.ts";

/** `ao completion <shell>`: prints a script that asks `ao __complete` for what may come next. */
export const completion = command({
  meta: { name: "completion", description: "Print the completion script of a shell" },
  args: {
    shell: { type: "positional", options: ["bash", "zsh", "fish"], description: "The shell" },
  },
  details: [
    "The script asks `ao` itself, so that it never grows old. Put one of these lines where " +
      "your shell reads it when it starts:",
    "",
    '  eval "$(ao completion bash)"     # ~/.bashrc',
    '  eval "$(ao completion zsh)"      # ~/.zshrc, below compinit',
    "  ao completion fish | source      # ~/.config/fish/config.fish",
  ].join("\n"),
  example: "ao completion bash",
  run: ({ output }, { shell }) => output.data(scripts[shell]),
});

const bash = `# bash completion for ao
_ao() {
  local word line found directive=
  local cur=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  while IFS=$'\\t' read -r word line; do
    if [[ $word == :files ]]; then
      directive=files
    else
      COMPREPLY+=("$word")
    fi
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ $directive == files ]]; then
    compopt -o filenames 2>/dev/null
    [[ $cur == = ]] && cur=
    while IFS= read -r found; do
      COMPREPLY+=("$found")
    done < <(compgen -f -- "$cur")
  fi
}
complete -F _ao ao
`;

const zsh = `#compdef ao
_ao() {
  local -a found
  local word line prefix=
  while IFS=$'\\t' read -r word line; do
    if [[ $word == :files ]]; then
      [[ $PREFIX == --*=* ]] && compset -P 1 '*='
      _files
      return
    fi
    found+=("\${word//:/\\\\:}\${line:+:$line}")
  done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe 'ao' found
}
if [[ $funcstack[1] == _ao ]]; then
  _ao "$@"
else
  compdef _ao ao
fi
`;

const fish = `# fish completion for ao
function __ao_complete
  set -l words (commandline --tokenize --cut-at-cursor --current-process)
  set -l current (commandline --current-token --cut-at-cursor)
  set -l found ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
  if test "$found[1]" = :files
    set -l flag (string match --regex '^--[^=]*=' -- "$current")
    for path in (__fish_complete_path (string replace --regex '^--[^=]*=' '' -- "$current"))
      printf '%s\\n' "$flag$path"
    end
  else if set -q found[1]
    printf '%s\\n' $found
  end
end
complete --command ao --no-files --arguments '(__ao_complete)'
`;

const scripts = { bash, zsh, fish };
