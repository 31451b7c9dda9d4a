// The least a registry can do over Express and SQLite: no rights, no signatures, no checks. `bench:registry` measures it beside
// ours, so that the bars in µs can be read on a slower machine than the one they were set on.
// A folder of its own, as beside Verdaccio an older Express would be found.
import { hash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import express, { type Request, type Response } from 'express';

interface Sent {
  readonly name: string;
  readonly description: string;
  readonly 'dist-tags': Record<string, string>;
  readonly versions: Readonly<Record<string, { readonly readme?: string }>>;
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>;
}

interface Ready {
  readonly full: Buffer;
  readonly full_tag: string;
  readonly short: Buffer;
  readonly short_tag: string;
}

const [folder = '', port = ''] = process.argv.slice(2);
const shortType = 'application/vnd.npm.install-v1+json';
const tarballs = join(folder, 'tarballs');
const database = new Database(join(folder, 'bare.db'));
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec(`CREATE TABLE documents (name TEXT PRIMARY KEY, full BLOB, full_tag TEXT, short BLOB, short_tag TEXT) WITHOUT ROWID;
  CREATE VIRTUAL TABLE words USING fts5(name, description);`);
const find = database.prepare<[string], Ready>(
  'SELECT full, full_tag, short, short_tag FROM documents WHERE name = ?',
);
const put = database.prepare('INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)');
const index = database.prepare('INSERT INTO words VALUES (?, ?)');
const search = database.prepare<[string], { name: string }>(
  'SELECT name, description FROM words WHERE words MATCH ? ORDER BY rank LIMIT 20',
);
const write = database.transaction((name: string, full: string, short: string, description: string) => {
  put.run(name, Buffer.from(full), `"${hash('sha1', full)}"`, Buffer.from(short), `"${hash('sha1', short)}"`);
  index.run(name, description);
});

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.get('/-/ping', (_request, response) => void response.json({}));
app.get('/-/v1/search', ({ url }, response) => {
  const text = new URL(url, 'http://bare').searchParams.get('text');
  const time = new Date().toISOString();
  const objects = search.all(`"${text}"*`).map((found) => ({ package: found }));
  response.json({ objects, total: objects.length, time });
});
app.get(
  /^\/.+\/-\/.+/,
  express.static(tarballs, { immutable: true, maxAge: '365d', index: false, redirect: false }),
);
app.get(/^\/.+/, sendDocument);
app.put(/^\/.+/, express.json({ limit: '20mb' }), publish);
app.listen(Number(port), '127.0.0.1');

function sendDocument({ path, headers }: Request, response: Response): void {
  const found = find.get(decodeURIComponent(path.slice(1)));
  if (!found) return void response.status(404).json({ error: 'not found' });
  const isShort = headers.accept?.includes(shortType) ?? false;
  const etag = isShort ? found.short_tag : found.full_tag;
  if (headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
  const bytes = isShort ? found.short : found.full;
  response.writeHead(200, {
    'content-type': isShort ? shortType : 'application/json',
    'content-length': bytes.length,
    etag,
    vary: 'accept',
  });
  response.end(bytes);
}

function publish({ body }: Request, response: Response): void {
  const { name, description, versions, _attachments: attachments, 'dist-tags': tags } = body as Sent;
  const [version = ''] = Object.keys(versions);
  const { readme = '', ...manifest } = versions[version] ?? {};
  const [{ data }] = Object.values(attachments) as [{ data: string }]; // the benchmark sends one
  const parent = join(tarballs, name, '-');
  const file = join(parent, `${name.replace(/^@.*\//, '')}-${version}.tgz`);
  mkdirSync(parent, { recursive: true });
  writeFileSync(`${file}.new`, Buffer.from(data, 'base64'), { flush: true });
  renameSync(`${file}.new`, file);
  const document = { name, 'dist-tags': tags, versions: { [version]: manifest } };
  write(name, JSON.stringify({ ...document, readme }), JSON.stringify(document), description);
  response.status(201).json({ ok: true });
}
