import { Argument, Option, type Command } from 'commander';
import { pluginTemplates } from '@agent-factory/create-plugin';
import { isolationLevels } from '@agent-factory/sdk';
import type { CommonOptions } from './boot.ts';
import type { AddOptions } from './commands/plugin-add.ts';
import type { AuthorOptions, PackOptions, PublishCommandOptions } from './commands/plugin-author.ts';
import type { RollbackOptions } from './commands/plugin-change.ts';
import type { NewOptions } from './commands/plugin-desk.ts';
import type { DevOptions } from './commands/plugin-dev.ts';
import type { LookOptions, SearchOptions } from './commands/plugin-look.ts';

type Common = () => CommonOptions;

/** Adds the commands that find, install, check and publish plugins. */
export function addMarketCommands(plugin: Command, common: Common): void {
  addInstallCommands(plugin, common);
  addLookCommands(plugin, common);
  addAuthorCommands(plugin);
}

function addInstallCommands(plugin: Command, common: Common): void {
  const add = () => import('./commands/plugin-add.ts');
  const change = () => import('./commands/plugin-change.ts');
  installOptions(plugin.command('add').argument('[package...]', 'such as @acme/plugin-weather@^1.2.0'))
    .description('install plugins from a registry, verified, into the running platform too')
    .action(async (specs: string[], options: AddOptions) =>
      (await add()).addPlugins(specs, { ...common(), ...options }),
    );
  installOptions(plugin.command('upgrade').argument('[plugin...]', 'id or package (default: all)'))
    .description('take the newest versions that fit; what asks for more waits for you')
    .action(async (specs: string[], options: AddOptions) =>
      (await add()).upgradePlugins(specs, { ...common(), ...options }),
    );
  plugin
    .command('remove')
    .argument('<plugin...>', 'id or package')
    .description('take plugins out; a rollback brings them back')
    .action(async (plugins: string[]) => (await change()).removeInstalled(plugins, common()));
  plugin
    .command('revoke')
    .argument('<plugin>', 'id or package of a plugin that runs isolated')
    .argument('<permission>', 'as "plugin explain" shows it: net:api.example.com')
    .description('take a permission away, from calls under way too')
    .action(async (id: string, permission: string) =>
      (await change()).revokePermission(id, permission, common()),
    );
  plugin
    .command('rollback')
    .description('bring back what was installed before')
    .option('--to <generation>', 'a certain one (default: the one before)')
    .option('--list', 'show what there is, and change nothing')
    .action(async (options: RollbackOptions) =>
      (await change()).rollBackInstalled({ ...common(), ...options }),
    );
  plugin
    .command('bundle')
    .argument('<folder>', 'where to write')
    .description('write everything that is needed to install the same without a network')
    .action(async (folder: string) => (await change()).bundleInstalled(folder, common()));
}

function addLookCommands(plugin: Command, common: Common): void {
  const look = () => import('./commands/plugin-look.ts');
  registryOptions(plugin.command('search').argument('[words...]', 'what it should be about'))
    .description('find plugins in a registry, by words, by what they are, or both')
    .option('--capability <contracts...>', 'contracts it provides or adds to: tool, language-model')
    .option('--category <words...>', 'its keywords')
    .option('--permission <names...>', 'permissions it asks for')
    .option('--kernel [version]', 'runs on that kernel (default: the one of this platform)')
    .addOption(
      new Option('--kind <kinds...>', 'what it is made of').choices(['code', 'blueprint', 'knowledge']),
    )
    .option('--scope <scopes...>', 'who publishes it')
    .option('--json', 'print JSON')
    .action(async (words: string[], options: SearchOptions) =>
      (await look()).searchRegistry(words.join(' '), { ...common(), ...options }),
    );
  registryOptions(plugin.command('info').argument('<package>', 'package or installed plugin'))
    .description('what a plugin is, what it asks for, and its versions')
    .option('--json', 'print JSON')
    .action(async (spec: string, options: LookOptions) =>
      (await look()).pluginInfo(spec, { ...common(), ...options }),
    );
  plugin
    .command('verify')
    .description('compare the files of installed plugins with what their authors signed')
    .option('--json', 'print JSON')
    .action(async (options: LookOptions) => {
      if (!(await (await look()).verifyPlugins({ ...common(), ...options }))) process.exitCode = 1;
    });
  plugin
    .command('audit')
    .description('ask what is known against installed plugins: blocks, vulnerabilities, changed files')
    .option('--json', 'print JSON')
    .action(async (options: LookOptions) => {
      if (!(await (await look()).auditPlugins({ ...common(), ...options }))) process.exitCode = 1;
    });
}

function addAuthorCommands(plugin: Command): void {
  const author = () => import('./commands/plugin-author.ts');
  const desk = () => import('./commands/plugin-desk.ts');
  plugin
    .command('new')
    .argument('<folder>', 'where to write; it need not exist')
    .description('write a plugin to start from')
    .addOption(
      new Option('-t, --template <name>', listOf(pluginTemplates))
        .choices(Object.keys(pluginTemplates))
        .default('tool'),
    )
    .option('--name <package>', 'name of the package (default: that of the folder)')
    .option('--javascript', 'JavaScript in place of TypeScript')
    .option('-f, --force', 'write over files that exist')
    .action(async (folder: string, options: NewOptions) => (await desk()).newPlugin(folder, options));
  plugin
    .command('dev')
    .argument('[folder]', "the plugin's folder", '.')
    .description('run a plugin isolated, again after each change, and show what it uses of what it asks for')
    .option('--trusted', "inside the platform's process")
    .action(async (folder: string, options: DevOptions) => {
      await (await import('./commands/plugin-dev.ts')).developPlugin(folder, options);
    });
  plugin
    .command('test')
    .argument('[folder]', "the plugin's folder", '.')
    .description('try a plugin in the platform and isolated: its contracts, what it leaves, what it may do')
    .action(async (folder: string) => {
      if (!(await (await desk()).testPlugin(folder))) process.exitCode = 1;
    });
  keyOption(plugin.command('sign').argument('[folder]', "the plugin's folder", '.'))
    .description('sign what "npm publish" would publish from a folder')
    .action(async (folder: string, options: AuthorOptions) => (await author()).signPlugin(folder, options));
  keyOption(plugin.command('pack').argument('[folder]', "the plugin's folder", '.'))
    .description('make a signed package file, dependencies included')
    .option('-o, --out <folder>', 'where to write', '.')
    .action(async (folder: string, options: PackOptions) => (await author()).packPlugin(folder, options));
  keyOption(plugin.command('publish').argument('[folder]', "the plugin's folder", '.'))
    .description('pack, sign and publish')
    .option('--registry <url>', 'the registry (default: AF_REGISTRY)')
    .option('--tag <name>', 'the channel it is the newest of', 'latest')
    .option('--otp <code>', 'code of your second factor')
    .action(async (folder: string, options: PublishCommandOptions) =>
      (await author()).publishPlugin(folder, options),
    );
  plugin
    .command('keys')
    .addArgument(new Argument('<action>', 'what to do').choices(['list', 'new', 'rotate']))
    .argument('[name]', 'name of the key', 'author')
    .description('the keys you sign with')
    .action(async (action: 'list' | 'new' | 'rotate', name: string) =>
      (await author()).authorKeys(action, name),
    );
}

function installOptions(command: Command): Command {
  return registryOptions(command)
    .option('--grant <permissions>', 'permissions you grant, divided by commas')
    .option('-y, --yes', 'do not ask where no permission is asked for')
    .addOption(
      new Option('--isolation <level>', 'least level to run at (default: L2), or trusted').choices([
        'trusted',
        ...isolationLevels,
      ]),
    )
    .option('--cooldown <time>', 'how long a version must have been public: 24h, 7d, 0', '24h')
    .option('--accept-key <ids...>', "an author's new key, known from another source")
    .option('--bundle <folder>', 'install from a bundle, without a network')
    .option('--max-stale <time>', 'how old the proofs of a bundle may be: 12h, 7d')
    .option('--json', 'print JSON');
}

function registryOptions(command: Command): Command {
  return command
    .option('--registry <url>', 'the registry (default: the one of the scope, else AF_REGISTRY)')
    .option('--root <sha256>', "what the registry's first root must be");
}

function keyOption(command: Command): Command {
  return command.addOption(
    new Option('-k, --key <name>', 'the key to sign with; "plugin keys new" makes one').default('author'),
  );
}

function listOf(templates: Readonly<Record<string, string>>): string {
  return Object.entries(templates)
    .map(([name, about]) => `${name}: ${about}`)
    .join('; ');
}
