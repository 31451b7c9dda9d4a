import type { Proposal } from '@agent-factory/plugin-install';
import { errors } from './errors.ts';
import { paint, print } from './terminal.ts';

/** What a person said beforehand. */
export interface ConsentOptions {
  /** Names of permissions that are granted, divided by commas. */
  readonly grant?: string;
  /** Do not ask; enough only where nothing new is asked for, or all of it is granted. */
  readonly yes?: boolean;
  readonly json?: boolean;
}

type Granted = Readonly<Record<string, readonly string[]>>;

/**
 * Shows what plugins ask for, in words, and takes the answer: from `--grant`, which must name every new permission,
 * or at a terminal. Returns all permissions by plugin id.
 *
 * @throws AF_CLI_CONSENT_NEEDED
 */
export async function askConsent(
  proposals: readonly Proposal[],
  { grant, yes, json }: ConsentOptions,
): Promise<Granted> {
  const named = new Set((grant ?? '').split(',').map((one) => one.trim()));
  const open = proposals.flatMap(({ id, added }) =>
    added.filter(({ name }) => !named.has(name)).map((one) => ({ id, ...one })),
  );
  if (!json) for (const proposal of proposals) for (const line of proposalLines(proposal)) print(line);
  const agreed = Object.fromEntries(
    proposals.map(({ id, added, kept }) => [id, [...added, ...kept].map(({ name }) => name)]),
  );
  if (open.length === 0 && (yes || grant !== undefined)) return agreed;
  if (!json && process.stdin.isTTY && process.stdout.isTTY && (await askYes(open.length))) return agreed;
  const list = open.map(({ id, name, sentence }) => `- ${id} asks to ${sentence} (${name})`);
  const names = [...new Set(proposals.flatMap(({ added }) => added.map(({ name }) => name)))];
  throw errors.AF_CLI_CONSENT_NEEDED({
    list:
      list.join('\n') ||
      proposals.map(({ name, version }) => `- ${name} ${version} asks for no permission`).join('\n'),
    mend: names.length > 0 ? `Add --grant ${names.join(',')} if you agree.` : 'Add --yes if you agree.',
  });
}

/** One plugin about to be installed, for a person. */
function proposalLines(proposal: Proposal): string[] {
  const { name, version, from, registry, published, deprecated, newAuthor, added, kept, removed, isolation } =
    proposal;
  const replaced = from === undefined ? '' : ` (instead of ${from})`;
  const when = published === undefined ? '' : `, published ${published.slice(0, 10)}`;
  const part = (sign: string, what: string, list: Proposal['added']): string[] => [
    ...(list.length > 0 ? [`  ${what}`] : []),
    ...list.map(
      ({ name: id, sentence, reason }) =>
        `    ${sign} ${sentence} (${id})${reason === '' ? '' : `: “${reason}”`}`,
    ),
  ];
  return [
    `${paint('bold', name)} ${version}${replaced}${when}, from ${registry}`,
    ...(deprecated === undefined ? [] : [`  ${paint('yellow', 'deprecated')}: ${deprecated}`]),
    ...(newAuthor ? ["  its author's key is not known yet; it will be trusted from now on"] : []),
    ...part(paint('yellow', '+'), 'asks to:', added),
    ...part(' ', 'may already:', kept),
    ...part(paint('green', '-'), 'asks no longer to:', removed),
    ...(added.length + kept.length === 0 ? ['  asks for no permission'] : []),
    ...levelLines(isolation),
  ];
}

/** What was said beforehand of how far it is kept apart, for it decides how much its permissions mean. */
function levelLines(isolation: Proposal['isolation']): string[] {
  if (isolation === 'trusted')
    return [
      `  ${paint('yellow', 'trusted')}: it runs inside the platform, and may do all that the platform may`,
    ];
  return isolation === undefined ? [] : [`  runs isolated, at ${isolation} or stronger`];
}

async function askYes(open: number): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises'); // most installs ask nobody
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const question = open > 0 ? 'Grant this and install? [y/N] ' : 'Install? [y/N] ';
    return /^y(es)?$/i.test((await reader.question(question)).trim());
  } finally {
    reader.close();
  }
}
