import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errors } from './errors.ts';
import { packageJson } from './package-json.ts';
import { withoutTypes } from './without-types.ts';

/** What a plugin can begin as. */
export type PluginTemplate = 'tool' | 'provider' | 'evaluator' | 'guardrail' | 'knowledge' | 'blueprint';

/** The templates, each with a line that says what it is. */
export const pluginTemplates: Readonly<Record<PluginTemplate, string>> = {
  tool: 'a tool that agents call',
  provider: 'a source of language models',
  evaluator: 'a way to decide conditions, for routers and workflows',
  guardrail: 'a check of what goes into and comes out of agents',
  knowledge: 'documents that agents search; data, no code',
  blueprint: 'agents and workflows that belong together; data, no code',
};

/** What a plugin is written from. */
export interface PluginFilesOptions {
  readonly template: PluginTemplate;
  /** Name of the package; the plugin's id is what follows the scope, without `plugin-` in front. */
  readonly name: string;
  readonly language?: 'typescript' | 'javascript';
}

const folder = fileURLToPath(new URL('../templates/', import.meta.url));

/** The id of a plugin whose package has this name. @throws AF_CREATE_NAME_INVALID */
export function pluginIdOf(name: string): string {
  const refuse = (reason: string): Error => errors.AF_CREATE_NAME_INVALID({ name, reason });
  const [, scope, rest = ''] = /^(@[^/]*\/)?([^/]*)$/.exec(name) ?? [];
  if (scope !== undefined && !/^@[a-z0-9][a-z0-9-]*\/$/.test(scope)) throw refuse('its scope is none');
  const id = rest.replace(/^plugin-(?=.)/, '');
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(id)) throw refuse('it has other characters, or is too long');
  return id;
}

/** The files of a plugin to start from, by their paths. @throws AF_CREATE_NAME_INVALID */
export function pluginFiles({
  template,
  name,
  language = 'typescript',
}: PluginFilesOptions): Readonly<Record<string, string>> {
  const id = pluginIdOf(name);
  const own = filesIn(join(folder, template));
  const hasCode = Object.hasOwn(own, 'src/index.ts');
  const isScript = hasCode && language === 'javascript';
  const files: Record<string, string> = { ...filesIn(join(folder, 'common')), ...own };
  if (!hasCode || isScript) delete files['tsconfig.json'];
  const written = Object.entries(files).flatMap(([path, text]): [string, string][] => {
    if (path === 'manifest.json') return [];
    const named = text.replaceAll('my-plugin', id).replaceAll('my_plugin', id.replaceAll('-', '_'));
    const place = dotted(path);
    if (!isScript || !path.endsWith('.ts')) return [[place, named]];
    const script = withoutTypes(named).replace(/(?<= from '\.[^']*)\.ts(?=';)/g, '.js');
    return [[place.replace(/\.ts$/, '.js'), script]];
  });
  const manifest = (files['manifest.json'] ?? '{}').replaceAll('my-plugin', id);
  const kind = hasCode ? language : 'data';
  return { 'package.json': packageJson({ id, name, kind, manifest }), ...Object.fromEntries(written) };
}

/** npm takes no file named .gitignore along, so that names with a dot are written without it. */
function dotted(path: string): string {
  return path.replace(/^(gitignore|github)(?=\/|$)/, '.$1');
}

function filesIn(root: string): Record<string, string> {
  const entries = readdirSync(root, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && basename(entry.name) !== '.DS_Store');
  return Object.fromEntries(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map((file) => [relative(root, file).replaceAll('\\', '/'), readFileSync(file, 'utf8')]),
  );
}
