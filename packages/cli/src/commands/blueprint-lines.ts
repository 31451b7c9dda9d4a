import type { Json } from '@agent-factory/sdk';
import type { BlueprintPlan, BlueprintProblem, BlueprintStep } from '@agent-factory/sdk/contracts';
import { paint } from '../terminal.ts';

const signs = { create: '+', change: '~', remove: '-', keep: '=' } as const;
const styles = { create: 'green', change: 'yellow', remove: 'red', keep: 'dim' } as const;
const longestShown = 200;

/** Problems for people, one a line. */
export function problemLines(problems: readonly BlueprintProblem[]): readonly string[] {
  return problems.map(({ file, path, message, fix }) => {
    const place = [file, path.slice(1)].filter((one) => one !== undefined && one !== '').join(' ');
    return `${paint('red', '✗')} ${place === '' ? '' : `${place}: `}${message.replace(/\.$/, '')}${fix === undefined ? '' : `. ${fix}`}`;
  });
}

/** What would be done, as people read a diff. */
export function planLines({ name, from, to, steps, problems }: BlueprintPlan): readonly string[] {
  const head = `${name} ${[from, to].filter((one) => one !== undefined).join(' → ')}`;
  const nothing = steps.length === 0 && problems.length === 0 ? ['  Nothing changes.'] : [];
  return [head, ...nothing, ...steps.flatMap(stepLines), ...problemLines(problems)];
}

function stepLines({ part, name, action, edited, changes }: BlueprintStep): readonly string[] {
  const note = edited ? (action === 'keep' ? ' (changed here, stays so)' : ' (changed here, and lost)') : '';
  return [
    paint(styles[action], `${signs[action]} ${part} ${name}${note}`),
    ...changes.flatMap(({ path, before, after }) => [
      `    ${path || '(all of it)'}`,
      ...(before === undefined ? [] : [paint('red', `      - ${shown(before)}`)]),
      ...(after === undefined ? [] : [paint('green', `      + ${shown(after)}`)]),
    ]),
  ];
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
