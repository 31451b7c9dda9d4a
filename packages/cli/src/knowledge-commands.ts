import { Option, type Command } from 'commander';
import type { CommonOptions } from './boot.ts';
import type { AddOptions, KnowledgeOptions, SearchOptions } from './commands/knowledge.ts';

/** Adds `agent-factory knowledge …`: knowledge bases, their documents, and searching them. */
export function addKnowledgeCommands(program: Command, common: () => CommonOptions): void {
  const knowledge = program.command('knowledge').description('documents that agents search');
  const load = () => import('./commands/knowledge.ts');
  const forTenant = (command: Command): Command =>
    command
      .addOption(new Option('--tenant <id>', 'whose knowledge').default('default'))
      .option('--json', 'print JSON');
  forTenant(knowledge.command('list'))
    .description('the bases and how many documents they hold')
    .action(async (options: KnowledgeOptions) => (await load()).listBases({ ...common(), ...options }));
  forTenant(knowledge.command('show').argument('<base>', 'the base'))
    .description('a base, its documents and what could not be taken in')
    .action(async (name: string, options: KnowledgeOptions) =>
      (await load()).showBase(name, { ...common(), ...options }),
    );
  forTenant(
    knowledge
      .command('add')
      .argument('<base>', 'the base; it is made where there is none')
      .argument('[files...]', 'documents to take in'),
  )
    .description("keep a base of the tenant's own, and take documents in")
    .option('--url <url...>', 'web pages it is made of')
    .option('--description <text>', 'what is in it')
    .option('--embedding <model>', 'what embeds it, as provider/model')
    .action(async (name: string, files: string[], options: AddOptions) =>
      (await load()).addToBase(name, files, { ...common(), ...options }),
    );
  forTenant(knowledge.command('ingest').argument('<base>', 'the base'))
    .description('take in what is new or changed in its sources')
    .action(async (name: string, options: KnowledgeOptions) =>
      (await load()).ingestBase(name, { ...common(), ...options }),
    );
  forTenant(
    knowledge.command('search').argument('<text>', 'what to look for').argument('[bases...]', 'default: all'),
  )
    .description('passages that match, with where they stand')
    .addOption(new Option('--by <way>', 'how').choices(['hybrid', 'meaning', 'words']).default('hybrid'))
    .option('--limit <number>', 'how many', '6')
    .action(async (text: string, bases: string[], options: SearchOptions) =>
      (await load()).searchKnowledge(text, bases, { ...common(), ...options }),
    );
  forTenant(
    knowledge.command('remove').argument('<base>', 'the base').argument('[documents...]', 'only these'),
  )
    .description('remove a base, or documents that were added to it')
    .action(async (name: string, documents: string[], options: KnowledgeOptions) =>
      (await load()).removeFromBase(name, documents, { ...common(), ...options }),
    );
}
