/** Shells that are completed in. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const

/** What a shell is told when names of files are wanted: it knows them best. */
export const FILES = ':files'

/** For each shell what asks `alligator complete` at every tab. None of them needs anything but the shell itself. */
export const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  // Bash breaks words at colons and equals signs too, which DSNs have: so the line is read as it stands.
  bash: `# Completion of alligator in bash. In ~/.bashrc: source <(alligator completion bash)
_alligator() {
  local line=\${COMP_LINE:0:COMP_POINT} words cur out value kept
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  cur=\${words[\${#words[@]}-1]}
  out=$("\${words[0]}" complete -- "\${words[@]:1}" 2> /dev/null)
  COMPREPLY=()
  if [[ $out == '${FILES}' ]]; then
    compopt -o filenames 2> /dev/null
    while read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "$cur")
    return
  fi
  kept=\${cur%"\${cur##*[:=@]}"}
  while IFS=$'\\t' read -r value _; do
    [[ -n $value ]] && COMPREPLY+=("\${value#"$kept"}")
  done <<< "$out"
}
complete -F _alligator alligator
`,
  zsh: `#compdef alligator
# Completion of alligator in zsh. In ~/.zshrc, after compinit: source <(alligator completion zsh)
_alligator() {
  local out line
  local -a found
  out=$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2> /dev/null)
  if [[ $out == '${FILES}' ]]; then
    _files
    return
  fi
  for line in "\${(@f)out}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe alligator found
}
compdef _alligator alligator
`,
  fish: `# Completion of alligator in fish: alligator completion fish > ~/.config/fish/completions/alligator.fish
function __alligator_complete
    set -l words (commandline -opc)
    set -l cur (commandline -ct)
    set -l out ($words[1] complete -- $words[2..-1] "$cur" 2> /dev/null)
    if test "$out" = '${FILES}'
        __fish_complete_path "$cur"
    else
        printf '%s\\n' $out
    end
end
complete -c alligator -f -a '(__alligator_complete)'
`,
  powershell: `# Completion of alligator in PowerShell. In $PROFILE: alligator completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName alligator -ScriptBlock {
  param($word, $line, $at)
  $words = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $words += '""' }
  & alligator complete -- @words 2> $null | Where-Object { $_ -ne '${FILES}' } | ForEach-Object {
    $value, $text = $_ -split "\`t", 2
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', ($text, $value -ne '')[0])
  }
}
`,
}
