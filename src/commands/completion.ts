// SPDX-License-Identifier: Apache-2.0
import { type CommandName, type Shell, commandNames, declarationOf, shells } from '#adapters/cli/commands.ts';
import { type FlagName, flagOf } from '#adapters/cli/flags.ts';
import { program } from '#adapters/cli/help.ts';

/** Returns a script that completes commands, flags and their values in a shell. */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bashScript();
    case 'zsh':
      return `autoload -Uz compinit bashcompinit && compinit && bashcompinit\n${bashScript()}`;
    case 'fish':
      return fishScript();
  }
}

/** Returns the words that a flag takes as its value in a command; null for a file or another text. */
function wordsOf(name: FlagName, command: CommandName): readonly string[] | null {
  if (name === 'output') return declarationOf(command).outputs;
  const { kind, choices } = flagOf(name);
  return kind === 'boolean' ? ['true', 'false'] : (choices ?? null);
}

function bashScript(): string {
  const values = commandNames.flatMap((command) =>
    declarationOf(command).flags.flatMap((flag) => {
      const words = wordsOf(flag, command);
      const pattern = flag === 'output' ? `${command}:--output|${command}:-o` : `${command}:--${flag}`;
      return words === null ? [] : [`    ${pattern}) words='${words.join(' ')}' ;;`];
    }),
  );
  const options = commandNames.map((command) => {
    const words = ['help', ...declarationOf(command).flags].map((flag) => `--${flag}`);
    return `    ${command}) words='${words.join(' ')}' ;;`;
  });
  return `# Completion of ${program} for bash: source this file, or put it into /etc/bash_completion.d.
_rdma_shared_dp() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= word words=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${commandNames.join('|')}) command=$word; break ;; esac
  done
  case \${command:-run}:$previous in
${values.join('\n')}
    *:--*) [[ $current != -* ]] && { mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; } ;;
  esac
  if [[ -z $words && $current == -* ]]; then
    case \${command:-run} in
${options.join('\n')}
    esac
  elif [[ -z $words && -z $command ]]; then
    words='${commandNames.join(' ')}'
  elif [[ -z $words && $command == help ]]; then
    words='${commandNames.join(' ')}'
  elif [[ -z $words && $command == completion ]]; then
    words='${shells.join(' ')}'
  elif [[ -z $words ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _rdma_shared_dp ${program}
`;
}

function fishScript(): string {
  const complete = `complete -c ${program}`;
  const first = commandNames.map(
    (name) => `${complete} -f -n __fish_use_subcommand -a ${name} -d '${quoted(declarationOf(name).summary)}'`,
  );
  const ofCommands = commandNames.flatMap((command) =>
    declarationOf(command).flags.map((flag) => {
      const words = wordsOf(flag, command);
      const short = flag === 'output' ? ' -s o' : '';
      const value = words === null ? ' -r' : ` -x -a '${words.join(' ')}'`;
      const meaning = quoted(flagOf(flag).meaning);
      return `${complete} -n '__fish_seen_subcommand_from ${command}' -l ${flag}${short}${value} -d '${meaning}'`;
    }),
  );
  const shell = `${complete} -f -n '__fish_seen_subcommand_from completion' -a '${shells.join(' ')}'`;
  const head = `# Completion of ${program} for fish: put it into ~/.config/fish/completions.`;
  return `${[head, ...first, ...ofCommands, shell].join('\n')}\n`;
}

function quoted(text: string): string {
  return text.replaceAll("'", String.raw`\'`);
}
