import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeFiles } from '@agent-factory/create-plugin';
import { isAgentFactoryError, type Json, type JsonObject } from '@agent-factory/sdk';
import {
  Blueprints,
  type BlueprintDetails,
  type InstalledBlueprint,
  type LocalEdits,
  type TenantBlueprints,
} from '@agent-factory/sdk/contracts';
import { withPlatform, type CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { paint, print, table } from '../terminal.ts';
import { planLines, problemLines } from './blueprint-lines.ts';

/** Options of the commands about one tenant's blueprints. */
export interface BlueprintOptions extends CommonOptions {
  readonly tenant: string;
  /** Print JSON. */
  readonly json?: boolean;
}

/** Options of the commands that answer what a blueprint asks. */
export interface AskingOptions extends BlueprintOptions {
  readonly param?: readonly string[];
  readonly params?: string;
  readonly edits?: LocalEdits;
}

/** Options of `agent-factory blueprint export`. */
export interface ExportOptions extends BlueprintOptions {
  readonly out: string;
  readonly as: string;
  readonly about?: string;
  readonly agent?: readonly string[];
  readonly workflow?: readonly string[];
  readonly router?: readonly string[];
  readonly tool?: readonly string[];
}

/** `agent-factory blueprint list`: those that can be installed, and those that are. */
export async function listBlueprints(options: BlueprintOptions): Promise<void> {
  const all = await withBlueprints(options, (blueprints) => blueprints.list());
  if (options.json) return print(JSON.stringify(all, null, 2));
  if (all.length === 0)
    return print('There are no blueprints. Add one as a plugin: "agent-factory plugin search blueprint".');
  const rows = all.map(({ name, available, installed, upgrade, description = '' }) => [
    name,
    available?.version ?? '-',
    installed ? `${installed.version}${upgrade ? ' (upgrade there)' : ''}` : '-',
    description,
  ]);
  for (const line of table([['BLUEPRINT', 'VERSION', 'INSTALLED', 'ABOUT'], ...rows])) print(line);
}

/** `agent-factory blueprint show <name>`: what it holds, asks, and brought. */
export async function showBlueprint(name: string, options: BlueprintOptions): Promise<void> {
  const details = await withBlueprints(options, (blueprints) => blueprints.get(name));
  if (options.json) return print(JSON.stringify(details, null, 2));
  const { blueprint, problems, installation, description } = details;
  print(`${paint('bold', name)} ${details.available?.version ?? '(no active plugin holds it)'}`);
  if (description !== undefined) print(description);
  for (const kind of ['agents', 'workflows', 'routers', 'tools', 'knowledge', 'evaluations'] as const) {
    const names = blueprint?.[kind]?.map((one) => one.name) ?? [];
    if (names.length > 0) print(`  ${kind}: ${names.join(', ')}`);
  }
  for (const [id, range] of Object.entries(blueprint?.plugins ?? {})) print(`  needs ${id} ${range}`);
  for (const line of askedLines(details)) print(line);
  if (installation) for (const line of installedLines(installation)) print(line);
  for (const line of problemLines(problems)) print(line);
}

/** `agent-factory blueprint validate <name or folder>`: whether nothing is wrong with it. */
export async function validateBlueprint(from: string, options: AskingOptions): Promise<boolean> {
  const isFolder = /[\\/]|^\.{1,2}$/.test(from);
  const problems = await withBlueprints(options, async (blueprints) =>
    isFolder
      ? blueprints.validate({ folder: resolve(from) }, answersOf(options))
      : blueprints.validate({ name: from }, answersOf(options, await blueprints.get(from))),
  );
  if (options.json) print(JSON.stringify(problems, null, 2));
  else if (problems.length === 0) print(`${paint('green', 'Fine.')} ${from} can be installed.`);
  else for (const line of problemLines(problems)) print(line);
  return problems.length === 0;
}

/** `agent-factory blueprint diff <name>`: what an install or upgrade would change. */
export async function diffBlueprint(name: string, options: AskingOptions): Promise<void> {
  const plan = await withBlueprints(options, async (blueprints) =>
    blueprints.plan(await requestFor(name, options, blueprints)),
  );
  if (options.json) return print(JSON.stringify(plan, null, 2));
  for (const line of planLines(plan)) print(line);
}

/** `agent-factory blueprint install|upgrade <name>`: does it. */
export async function changeBlueprint(
  verb: 'install' | 'upgrade',
  name: string,
  options: AskingOptions,
): Promise<void> {
  const installed = await withBlueprints(options, async (blueprints) =>
    blueprints[verb](await requestFor(name, options, blueprints)),
  );
  if (options.json) return print(JSON.stringify(installed, null, 2));
  print(`${paint('green', verb === 'install' ? 'Installed' : 'Upgraded')} ${name}.`);
  for (const line of installedLines(installed)) print(line);
}

/** `agent-factory blueprint remove <name>`: removes what it brought. */
export async function removeBlueprint(name: string, options: AskingOptions): Promise<void> {
  await withBlueprints(options, (blueprints) =>
    blueprints.remove(name, options.edits ? { edits: options.edits } : {}),
  );
  print(`${paint('green', 'Removed')} ${name}. Runs in flight go on.`);
}

/** `agent-factory blueprint export <name>`: writes a package. */
export async function exportBlueprint(name: string, options: ExportOptions): Promise<void> {
  const { out, as: version, about, agent, workflow, router, tool } = options;
  const folder = resolve(out);
  if (existsSync(folder) && readdirSync(folder).length > 0) throw errors.AF_CLI_FILE_EXISTS({ file: folder });
  const files = await withBlueprints(options, (blueprints) =>
    blueprints.export({
      name,
      version,
      ...(about !== undefined && { description: about }),
      ...(agent && { agents: agent }),
      ...(workflow && { workflows: workflow }),
      ...(router && { routers: router }),
      ...(tool && { tools: tool }),
    }),
  );
  writeFiles(folder, files);
  print(`${paint('green', 'Wrote')} ${Object.keys(files).length} files to ${folder}.`);
}

function askedLines({ blueprint }: BlueprintDetails): readonly string[] {
  const asked = Object.entries(Object(blueprint?.parameters?.['properties']) as Record<string, JsonObject>); // schemas by name
  return asked.map(([name, { description, default: preset }]) => {
    const about = typeof description === 'string' ? `: ${description}` : '';
    return `  asks ${name}${preset === undefined ? '' : ` (default ${JSON.stringify(preset)})`}${about}`;
  });
}

function installedLines({ version, parts, parameters, state }: InstalledBlueprint): readonly string[] {
  const told = parts.map(({ part, name, edited }) => `${part} ${name}${edited ? ' (changed here)' : ''}`);
  const answers = Object.entries(parameters).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [
    `  version ${version}${state === 'changing' ? ', in the middle of a change: do it again' : ''}`,
    ...(answers.length > 0 ? [`  with ${answers.join(' ')}`] : []),
    ...told.map((line) => `  ${line}`),
  ];
}

async function requestFor(
  name: string,
  options: AskingOptions,
  blueprints: TenantBlueprints,
): Promise<Parameters<TenantBlueprints['install']>[0]> {
  const parameters = answersOf(options, await blueprints.get(name));
  return { name, parameters, ...(options.edits && { edits: options.edits }) };
}

/** Answers from a file, then those given one by one: text where text is asked, else JSON. */
function answersOf({ param = [], params }: AskingOptions, details?: BlueprintDetails): JsonObject {
  const asked = Object(details?.blueprint?.parameters?.['properties']) as Record<string, JsonObject>; // schemas by name
  const given = params === undefined ? {} : fromFile(params);
  const single = param.map((text): [string, Json] => {
    const at = text.indexOf('=');
    if (at < 1) {
      const mend = 'Write name=value.';
      throw errors.AF_CLI_INPUT_INVALID({ what: '--param', reason: `"${text}" is no pair`, mend });
    }
    const [name, value] = [text.slice(0, at), text.slice(at + 1)];
    return [name, asked[name]?.['type'] === 'string' ? value : jsonOrText(value)];
  });
  return { ...given, ...Object.fromEntries(single) };
}

function jsonOrText(text: string): Json {
  try {
    return JSON.parse(text) as Json; // what JSON.parse gives
  } catch {
    return text;
  }
}

function fromFile(file: string): JsonObject {
  const mend = 'Give a file that holds a JSON object.';
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw errors.AF_CLI_INPUT_INVALID({ what: file, reason, mend }, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject; // parsed JSON
  throw errors.AF_CLI_INPUT_INVALID({ what: file, reason: 'it holds no JSON object', mend });
}

/** Boots the platform for the question; a running one sees what was changed by itself. */
function withBlueprints<T>(
  options: BlueprintOptions,
  job: (blueprints: TenantBlueprints) => Promise<T>,
): Promise<T> {
  return withPlatform(options, async (kernel) => {
    try {
      return await job(kernel.use(Blueprints).tenant(options.tenant));
    } catch (error) {
      if (!isAgentFactoryError(error, 'AF_CONTRACT_UNAVAILABLE')) throw error;
      const plugin = '@agent-factory/plugin-blueprints';
      throw errors.AF_CLI_NO_STORAGE({ contract: Blueprints.id, plugin }, { cause: error });
    }
  });
}
