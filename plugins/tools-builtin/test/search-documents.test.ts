import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TextSearch, type Tool } from '@agent-factory/sdk/contracts';
import { bootTestKernel, silentLog, type TestKernel } from '@agent-factory/sdk/testing';
import { createDocumentIndex, type DocumentIndex, type DocumentIndexOptions } from '../src/document-index.ts';
import { createSearchDocuments } from '../src/search-documents.ts';
import { callTool } from './call-tool.ts';

const fixtures = fileURLToPath(new URL('fixtures/docs', import.meta.url));
const extensions = ['md', 'txt', 'html', 'csv', 'yaml'];

interface Answer {
  readonly query: string;
  readonly results: readonly {
    readonly source: string;
    readonly line: number;
    readonly endLine: number;
    readonly heading: string;
    readonly text: string;
    readonly score: number;
  }[];
  readonly citations: readonly { readonly source: string; readonly line: number; readonly quote: string }[];
}

describe('search_documents', () => {
  let kernel: TestKernel;
  let folder: string;
  const opened: DocumentIndex[] = [];

  before(async () => {
    kernel = await bootTestKernel({ plugins: ['@agent-factory/plugin-storage-sqlite'] });
  });
  after(async () => {
    await kernel?.close();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agent-factory-documents-'));
  });
  afterEach(async () => {
    for (const index of opened.splice(0)) await index.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (options: Partial<DocumentIndexOptions> = {}): DocumentIndex => {
    const index = createDocumentIndex({
      textSearch: kernel.use(TextSearch),
      folders: [folder],
      extensions,
      maxFileBytes: 65_536,
      refreshMs: 0,
      log: silentLog,
      ...options,
    });
    opened.push(index);
    return index;
  };
  const openTool = (options?: Partial<DocumentIndexOptions>): Tool => createSearchDocuments(open(options));
  const ask = async (tool: Tool, query: string, limit = 6): Promise<Answer> =>
    (await callTool(tool, { query, limit })) as unknown as Answer;
  const write = async (name: string, text: string | Uint8Array): Promise<void> => {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  };
  const sources = ({ results }: Answer): readonly string[] => results.map(({ source }) => source);

  const questions = [
    [
      'Which port does the web interface listen on?',
      'guide/configuration.md',
      7,
      'Configuration > Server',
      /port 8090/,
    ],
    [
      'How is an extension isolated?',
      'guide/configuration.md',
      24,
      'Configuration > Isolation of extensions',
      /process of their own/,
    ],
    ['What is the licence?', 'README.md', 12, 'Harbour > Licence', /MIT licence/],
    ['When is the open hour?', 'README.md', 16, 'Harbour > Getting help', /Thursday at 18:00/],
    [
      'Can I skip a major version when upgrading?',
      'guide/install.md',
      27,
      'Installing Harbour > Upgrading > Across major versions',
      /skipping one is refused/,
    ],
    ['how to unpack the package', 'guide/install.md', 9, 'Installing Harbour > From the package', /tar -xf/],
    [
      'reset a forgotten password',
      'faq.html',
      14,
      'Questions & answers > How do I reset a forgotten password?',
      /harbour user reset NAME/,
    ],
    [
      'does it work without internet',
      'faq.html',
      11,
      'Questions & answers > Can I use Harbour without internet?',
      /works offline/,
    ],
    ['when is the café closed', 'notes.txt', 4, 'Winter storage', /café stays closed/],
    ['price of berth B7', 'prices.csv', 2, 'berth,length in metres,price per night', /B7,15,52/],
    ['backup folder', 'settings.yaml', 4, 'backup', /\/var\/backups\/harbour/],
  ] as const;
  for (const [query, source, line, heading, text] of questions) {
    it(`answers "${query}" from ${source}:${line}`, async () => {
      const { results, citations } = await ask(openTool({ folders: [fixtures] }), query);
      const [best] = results;
      assert.deepEqual([best?.source, best?.line, best?.heading], [source, line, heading]);
      assert.match(best?.text ?? '', text);
      assert.deepEqual([citations[0]?.source, citations[0]?.line], [source, line]);
      assert.ok(best?.text.includes(citations[0]?.quote.replace('…', '') ?? '?'), 'the quote is in the text');
    });
  }

  it('never finds what is hidden from readers', async () => {
    const tool = openTool({ folders: [fixtures] });
    for (const { text } of (await ask(tool, 'port 9999 color navy sidebar reviewed spring', 20)).results) {
      assert.doesNotMatch(text, /9999|navy|sidebar|reviewed in spring/);
    }
  });

  it('gives nothing for a query without words, or with words nobody wrote', async () => {
    const tool = openTool({ folders: [fixtures] });
    for (const query of ['?!', ' ', 'zyzzyva', '" *', '(']) {
      assert.deepEqual(await ask(tool, query), { query, results: [], citations: [] });
    }
  });

  it('returns as many passages as asked, none longer than 1,200 characters', async () => {
    const listing = Array.from(
      { length: 200 },
      (_, at) => `line ${at} of a long listing${at === 150 ? ' needle' : ''}`,
    );
    await write('long.md', `# Long\n\n\`\`\`\n${listing.join('\n')}\n\`\`\`\n`);
    for (let at = 0; at < 5; at++) await write(`${at}.md`, `# Title ${at}\n\nA listing of things.`);
    const tool = openTool();
    assert.equal((await ask(tool, 'listing', 3)).results.length, 3);
    const [best] = (await ask(tool, 'needle', 1)).results;
    assert.ok(best && best.text.length <= 1200 && best.text.includes('150 of a long listing needle'));
    const shown = best.text.split('\n');
    assert.equal(shown.findIndex((line) => line.includes('needle')) + best.line, 154, 'its line in the file');
    assert.equal(best.endLine, best.line + shown.length - 1);
  });

  it('reads 2,000 files once, and later only what changed', async () => {
    await Promise.all(
      Array.from({ length: 2000 }, (_, at) => write(`${at % 20}/${at}.md`, `# Note ${at}\n\nnumber n${at}x`)),
    );
    const index = open();
    assert.deepEqual(await index.refresh(), { files: 2000, indexed: 2000, removed: 0 });
    assert.deepEqual(await index.refresh(), { files: 2000, indexed: 0, removed: 0 });
    await write('3/3.md', '# Note\n\nchanged into something else');
    await write('new/one.md', 'brand new');
    await unlink(join(folder, '7/7.md'));
    await unlink(join(folder, '8/8.md'));
    assert.deepEqual(await index.refresh(), { files: 1999, indexed: 2, removed: 2 });
    const tool = createSearchDocuments(index);
    assert.deepEqual(sources(await ask(tool, 'n7x')), []);
    assert.deepEqual(sources(await ask(tool, 'n3x')), []);
    assert.deepEqual(sources(await ask(tool, 'brand')), ['new/one.md']);
    assert.deepEqual(
      await open().refresh(),
      { files: 1999, indexed: 0, removed: 0 },
      'another instance, the same index',
    );
  }).timeout(30_000);

  it('sees a change at the first search after refreshMs, and looks no sooner', async () => {
    let now = 0;
    const tool = openTool({ refreshMs: 2000, now: () => now });
    await write('a.md', 'first');
    assert.deepEqual(sources(await ask(tool, 'first')), ['a.md']);
    await write('b.md', 'second');
    now = 1999;
    assert.deepEqual(sources(await ask(tool, 'second')), []);
    now = 2000;
    assert.deepEqual(sources(await ask(tool, 'second')), ['b.md']);
  });

  it('looks once for searches that come together', async () => {
    for (let at = 0; at < 50; at++) await write(`${at}.md`, `word${at}`);
    const infos: unknown[] = [];
    const log = {
      ...silentLog,
      info: (message: string, fields?: unknown) => void infos.push([message, fields]),
    };
    const tool = openTool({ log });
    const answers = await Promise.all([1, 2, 3, 4].map((at) => ask(tool, `word${at}`)));
    assert.deepEqual(answers.map(sources), [['1.md'], ['2.md'], ['3.md'], ['4.md']]);
    assert.deepEqual(infos, [['The document index is up to date.', { files: 50, indexed: 50, removed: 0 }]]);
  });

  it('leaves out hidden entries, node_modules, links, binary and over-long files and other extensions', async () => {
    await write('seen.md', 'lighthouse');
    await write('.hidden/a.md', 'lighthouse');
    await write('.a.md', 'lighthouse');
    await write('node_modules/a/a.md', 'lighthouse');
    await write('binary.txt', Buffer.from('lighthouse\0lighthouse'));
    await write('long.txt', 'lighthouse '.repeat(10_000));
    await write('program.exe', 'lighthouse');
    await symlink(fixtures, join(folder, 'outside'));
    await symlink(join(fixtures, 'README.md'), join(folder, 'link.md'));
    await symlink(folder, join(folder, 'circle'));
    const tool = openTool();
    assert.deepEqual(sources(await ask(tool, 'lighthouse')), ['seen.md']);
    assert.deepEqual(sources(await ask(tool, 'harbour marina')), []);
  });

  it("begins sources with the folder's name when there are several, and takes single files", async () => {
    await write('one/docs/a.md', 'apple');
    await write('two/docs/a.md', 'apple');
    await write('single.md', 'apple');
    const folders = [join(folder, 'one/docs'), join(folder, 'two/docs'), join(folder, 'single.md')];
    const answer = await ask(openTool({ folders }), 'apple');
    assert.deepEqual([...sources(answer)].sort(), ['docs-2/a.md', 'docs/a.md', 'single.md']);
  });

  it('says which folder is missing, keeps the index, and works once it is there', async () => {
    const missing = join(folder, 'later');
    const tool = openTool({ folders: [missing] });
    await assert.rejects(ask(tool, 'anything'), {
      code: 'AF_TOOLS_BUILTIN_FOLDER_UNREADABLE',
      message: `The document folder ${missing} cannot be read: it does not exist.`,
      fix: /"documents"/,
    });
    await assert.rejects(open({ folders: [missing] }).check(), {
      code: 'AF_TOOLS_BUILTIN_FOLDER_UNREADABLE',
    });
    await write('later/a.md', 'anything');
    assert.deepEqual(sources(await ask(tool, 'anything')), ['a.md']);
  });

  it('reads a file again when only its time changed, and a file that is empty only once', async () => {
    await write('a.md', 'text');
    await write('empty.md', '');
    const index = open();
    assert.equal((await index.refresh()).indexed, 2);
    await utimes(join(folder, 'a.md'), 1, 1);
    assert.deepEqual(await index.refresh(), { files: 2, indexed: 1, removed: 0 });
  });

  it('stops waiting when its signal is aborted; the next search profits from what was read', async () => {
    for (let at = 0; at < 100; at++) await write(`${at}.md`, `word${at}`);
    const index = open({ refreshMs: 60_000 });
    const controller = new AbortController();
    const search = index.search('word1', 1, controller.signal);
    const reason = new Error('cancelled');
    controller.abort(reason);
    await assert.rejects(search, reason);
    assert.deepEqual(sources(await ask(createSearchDocuments(index), 'word99')), ['99.md']);
  });

  it('ends indexing when closed', async () => {
    for (let at = 0; at < 200; at++) await write(`${at}.md`, `word${at}`);
    const index = open();
    const refresh = index.refresh().then(
      () => 'finished',
      () => 'stopped',
    );
    await index.close();
    assert.equal(await refresh, 'stopped');
    await assert.rejects(index.search('word', 1, new AbortController().signal));
  });
});
