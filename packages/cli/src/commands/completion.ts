import type { Command } from 'commander';
import { print } from '../terminal.ts';

/** Shells that can be completed. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** `agent-factory completion <shell>`: prints the script, made from the commands there are. */
export function completion(program: Command, shell: (typeof shells)[number]): void {
  const name = program.name();
  const words = new Map<string, readonly string[]>([['', wordsOf(program)]]);
  for (const command of program.commands) words.set(command.name(), wordsOf(command));
  print(scripts[shell](name, words));
}

function wordsOf(command: Command): string[] {
  const options = command.options.flatMap(({ long }) => long ?? []);
  return [...command.commands.map((one) => one.name()), ...options];
}

type Script = (name: string, words: ReadonlyMap<string, readonly string[]>) => string;

const scripts: Record<(typeof shells)[number], Script> = {
  bash: (name, words) => `_agent_factory() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  case "\${COMP_WORDS[1]}" in
${cases(words)}
  esac
  [ "$COMP_CWORD" -le 1 ] && words="${words.get('')?.join(' ') ?? ''}"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _agent_factory ${name} af`,
  zsh: (name, words) => `#compdef ${name} af
_agent_factory() {
  local words_for
  case "\${words[2]}" in
${cases(words).replaceAll('words=', 'words_for=')}
  esac
  (( CURRENT <= 2 )) && words_for="${words.get('')?.join(' ') ?? ''}"
  compadd -- \${=words_for}
}
compdef _agent_factory ${name} af`,
  fish: (name, words) =>
    [...words]
      .flatMap(([command, list]) =>
        list.map((word) => {
          const when = command === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${command}`;
          const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
          return `complete -c ${name} -n '${when}' ${what}`;
        }),
      )
      .join('\n'),
};

function cases(words: ReadonlyMap<string, readonly string[]>): string {
  return [...words]
    .filter(([command]) => command !== '')
    .map(([command, list]) => `    ${command}) words="${list.join(' ')}" ;;`)
    .join('\n');
}
