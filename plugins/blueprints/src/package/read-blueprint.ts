import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, type JsonObject, type PluginContext } from '@agent-factory/sdk';
import type { BlueprintProblem, DataPackage } from '@agent-factory/sdk/contracts';
import type { Blueprint } from '@agent-factory/sdk/domain';
import type { BlueprintsConfig } from '../config.ts';
import { asObject, isJson, reasonOf } from '../json-value.ts';
import { hashesOf } from '../install/part.ts';
import { readDocuments, type BlueprintDocument, type ReadDocumentsContext } from './read-documents.ts';
import { folders, headSchema, namePatterns, type FolderPart, type Head } from './blueprint-layout.ts';

/** One definition of a blueprint, as its file says. */
interface SourcePart {
  readonly part: FolderPart;
  readonly name: string;
  readonly file: string;
  /** Parameters are not filled in. */
  readonly value: JsonObject;
  /** What it brings into a knowledge base. */
  readonly documents?: readonly BlueprintDocument[];
}

/** A blueprint's files, read. */
export interface BlueprintSource {
  readonly name: string;
  readonly version: string;
  readonly head: Head;
  readonly parts: readonly SourcePart[];
  readonly problems: readonly BlueprintProblem[];
  /** All of it as one value. */
  readonly blueprint: Blueprint;
  /** SHA-256 of that, hex. */
  readonly hash: string;
}

/** What reading needs. */
export interface ReadContext extends ReadDocumentsContext {
  readonly validator: PluginContext['validator'];
}

/** Reads the files of a blueprint. What is wrong with them is among the result. */
export async function readBlueprint(
  { manifest, folder }: DataPackage,
  context: ReadContext,
): Promise<BlueprintSource> {
  const problems: BlueprintProblem[] = [];
  const head = await readHead(folder, context, problems);
  const parts: SourcePart[] = [];
  let files = 0;
  for (const part of Object.keys(folders) as FolderPart[]) {
    const names = await listFolder(folder, folders[part], problems);
    files += names.length;
    if (files > context.limits.maxFiles) {
      const fix = 'Make two blueprints of it, or have the operator raise "maxFiles".';
      problems.push({ path: '', message: `has more than ${context.limits.maxFiles} files`, fix });
      break;
    }
    for (const name of names) {
      const file = `${folders[part]}/${name}`;
      const value = await readDefinition(join(folder, file), file, context.limits, problems);
      if (value === undefined) continue;
      const named = namedPart(part, file, value, parts, problems);
      if (!named) continue;
      if (part !== 'knowledge') {
        parts.push(named);
        continue;
      }
      const found = await readDocuments(folder, file, value, context);
      problems.push(...found.problems);
      parts.push(found.documents.length > 0 ? { ...named, documents: found.documents } : named);
    }
  }
  await lookForMistakes(folder, problems);
  if (parts.length === 0 && problems.length === 0) {
    const fix = `Put definitions into ${Object.values(folders).join(', ')}: one file each.`;
    problems.push({ path: '', message: 'holds no definition', fix });
  }
  const { id: name, version, plugins } = manifest;
  // The definitions are checked against their schemas when parameters are filled in.
  const blueprint = {
    name,
    version,
    ...head,
    ...(plugins && { plugins }),
    ...Object.fromEntries(
      (Object.keys(folders) as FolderPart[]).flatMap((part) => {
        const own = parts.filter((one) => one.part === part).map(({ value }) => value);
        return own.length > 0 ? [[folders[part], own]] : [];
      }),
    ),
  } as Blueprint;
  const documents = parts.flatMap((one) => (one.documents ? [[one.name, hashesOf(one.documents)]] : []));
  const whole = documents.length > 0 ? { blueprint, documents } : blueprint;
  const hash = createHash('sha256').update(canonicalJson(whole)).digest('hex');
  return { name, version, head, parts, problems, blueprint, hash };
}

async function readHead(folder: string, context: ReadContext, problems: BlueprintProblem[]): Promise<Head> {
  const names = await listFolder(folder, '.', problems, /^blueprint\.(?:ya?ml|json)$/i);
  const [file] = names;
  if (file === undefined) return {};
  for (const other of names.slice(1))
    problems.push({
      file: other,
      path: '',
      message: `says again what ${file} says`,
      fix: 'Keep one of them.',
    });
  const value = await readDefinition(join(folder, file), file, context.limits, problems);
  if (value === undefined) return {};
  const wrong = context.validator(headSchema)(value);
  problems.push(...wrong.map((problem) => ({ file, ...problem })));
  return wrong.length > 0 ? {} : value;
}

/** Names of the files of definitions in a folder, in order; none when it is not there. */
async function listFolder(
  root: string,
  folder: string,
  problems: BlueprintProblem[],
  pattern: RegExp = /^[^.].*\.(?:ya?ml|json)$/i,
): Promise<readonly string[]> {
  try {
    return (await readdir(join(root, folder))).filter((name) => pattern.test(name)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && folder !== '.') return []; // what readdir throws has a code
    problems.push({ file: folder, path: '', message: `cannot be read: ${reasonOf(error)}` });
    return [];
  }
}

async function readDefinition(
  path: string,
  file: string,
  { maxFileBytes }: BlueprintsConfig,
  problems: BlueprintProblem[],
): Promise<JsonObject | undefined> {
  try {
    const found = await lstat(path);
    if (!found.isFile()) throw new Error('it is no plain file');
    if (found.size > maxFileBytes) throw new Error(`it has more than ${maxFileBytes} bytes`);
    const text = await readFile(path, 'utf8');
    const value: unknown = /\.json$/i.test(file) ? JSON.parse(text) : await parseYaml(text);
    if (!isJson(value)) throw new Error('it holds what JSON cannot');
    const object = asObject(value);
    if (object) return object;
    problems.push({ file, path: '', message: 'must be an object', fix: 'Begin with "name:".' });
  } catch (error) {
    problems.push({ file, path: '', message: `cannot be read: ${reasonOf(error).split('\n', 1)[0] ?? ''}` });
  }
  return undefined;
}

async function parseYaml(text: string): Promise<unknown> {
  // Loaded only when there is such a file: it takes a part of a cold start.
  const { parse } = await import('yaml');
  return parse(text, { maxAliasCount: 100 });
}

function namedPart(
  part: FolderPart,
  file: string,
  value: JsonObject,
  parts: readonly SourcePart[],
  problems: BlueprintProblem[],
): SourcePart | undefined {
  const { name } = value;
  if (typeof name !== 'string' || !namePatterns[part].test(name)) {
    const fix = 'Lower-case letters, digits and dashes; parameters have no place in a name.';
    problems.push({ file, path: '/name', message: 'must be a name', fix });
    return undefined;
  }
  const twin = parts.find((one) => one.part === part && one.name === name);
  if (!twin) return { part, name, file, value };
  problems.push({ file, path: '/name', message: `"${name}" is taken by ${twin.file}` });
  return undefined;
}

/** Folders that are nearly those of a blueprint would go unseen. */
async function lookForMistakes(folder: string, problems: BlueprintProblem[]): Promise<void> {
  const found = await readdir(folder).catch(() => [] as string[]);
  for (const right of Object.values(folders)) {
    const wrong = right.replace(/s$/, '');
    if (wrong === right || !found.includes(wrong)) continue;
    problems.push({ file: wrong, path: '', message: 'is not looked at', fix: `Did you mean "${right}"?` });
  }
}
