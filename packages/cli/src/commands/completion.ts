import type { Command } from 'commander';
import type { Shell } from '../shells.ts';
import { print } from '../terminal.ts';

/** `agent-factory completion <shell>`: prints the script, made from the commands there are. */
export function completion(program: Command, shell: Shell): void {
  print(scripts[shell](program));
}

/** One command: where it is (`plugin/list`), and what may follow it. */
interface Place {
  readonly path: string;
  readonly command: Command;
  readonly words: readonly string[];
}

function placesOf(command: Command, path = ''): Place[] {
  const options = command.options.flatMap(({ long }) => long ?? []);
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const names = command.commands.map((one) => one.name());
  const below = command.commands.flatMap((one) => placesOf(one, path ? `${path}/${one.name()}` : one.name()));
  return [{ path, command, words: [...names, ...choices, ...options] }, ...below];
}

/** Options whose value is one of a few words: `-t|--template` and the words. */
function choicesOf(places: readonly Place[]): [flags: string, words: string][] {
  const options = places.flatMap(({ command }) => command.options);
  return options.flatMap(({ short, long, argChoices }) =>
    argChoices ? [[[short, long].filter(Boolean).join('|'), argChoices.join(' ')] as [string, string]] : [],
  );
}

/** `case` branches that find the command the words before the cursor lead to, and what may follow it. */
function branches(places: readonly Place[]): { readonly known: string; readonly words: string } {
  const known = places.flatMap(({ path }) => path || []).join('|');
  return {
    known,
    words: places.map(({ path, words }) => `    "${path}") list="${words.join(' ')}" ;;`).join('\n'),
  };
}

function bash(program: Command): string {
  const places = placesOf(program);
  const { known, words } = branches(places);
  const values = choicesOf(places).map(
    ([flags, list]) => `    ${flags}) COMPREPLY=($(compgen -W "${list}" -- "$current")); return ;;`,
  );
  return `_agent_factory() {
  local current="\${COMP_WORDS[COMP_CWORD]}" at="" key i list=""
  COMPREPLY=()
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
    -c|--config) return ;;
${values.join('\n')}
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    key="\${at:+$at/}\${COMP_WORDS[i]}"
    case "$key" in ${known}) at="$key" ;; esac
  done
  case "$at" in
${words}
  esac
  COMPREPLY=($(compgen -W "$list" -- "$current"))
}
complete -o default -F _agent_factory ${program.name()} af`;
}

function zsh(program: Command): string {
  const places = placesOf(program);
  const { known, words } = branches(places);
  const values = choicesOf(places).map(([flags, list]) => `    ${flags}) compadd -- ${list}; return ;;`);
  return `#compdef ${program.name()} af
_agent_factory() {
  local at="" key i list=""
  case "\${words[CURRENT-1]}" in
    -c|--config) _files; return ;;
${values.join('\n')}
  esac
  for ((i = 2; i < CURRENT; i++)); do
    key="\${at:+$at/}\${words[i]}"
    case "$key" in ${known}) at="$key" ;; esac
  done
  case "$at" in
${words}
  esac
  compadd -- \${=list}
  [[ "$at" == init ]] && _files -/
}
compdef _agent_factory ${program.name()} af`;
}

function fish(program: Command): string {
  const name = program.name();
  const lines = placesOf(program).flatMap(({ path, command }) => {
    const names = command.commands.map((one) => one.name()).join(' ');
    const seen = path.split('/').map((part) => `__fish_seen_subcommand_from ${part}`);
    const when = path === '' ? '__fish_use_subcommand' : seen.join('; and ');
    const open = path === '' || names === '' ? when : `${when}; and not __fish_seen_subcommand_from ${names}`;
    const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []).join(' ');
    return [
      ...command.commands.map(
        (one) => `complete -c ${name} -n '${open}' -f -a ${one.name()} -d ${said(one)}`,
      ),
      ...(choices ? [`complete -c ${name} -n '${when}' -f -a '${choices}'`] : []),
      ...command.options.map((option) => {
        const short = option.short ? ` -s ${option.short.slice(1)}` : '';
        const value = option.argChoices
          ? ` -x -a '${option.argChoices.join(' ')}'`
          : option.required
            ? ' -r'
            : '';
        const where = path === '' ? '' : ` -n '${when}'`;
        return `complete -c ${name}${where}${short} -l ${option.long?.slice(2)}${value} -d ${said(option)}`;
      }),
    ];
  });
  return [...lines, `complete -c af -w ${name}`].join('\n');
}

function said({ description }: { readonly description: string } | Command): string {
  const text = typeof description === 'string' ? description : '';
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}

const scripts: Record<Shell, (program: Command) => string> = { bash, zsh, fish };
