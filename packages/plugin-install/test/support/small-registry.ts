import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createRegistryKey,
  registryKeyOf,
  signVersion,
  type PackedPlugin,
  type RegistryKey,
  type SigningKey,
} from '@agent-factory/plugin-package';
import { TufKeys } from './tuf-keys.ts';

/** An answer that is given instead of the right one. */
export type Sabotage = (response: ServerResponse) => void;

type Json = Record<string, unknown>;

/** A real registry over HTTP, small, and able to misbehave in every way a test needs. */
export class SmallRegistry {
  readonly key: SigningKey = createRegistryKey();
  readonly tuf: TufKeys = new TufKeys();
  /** Every path that was asked for. */
  readonly asked: string[] = [];
  /** By path: what is answered instead. */
  readonly sabotage: Map<string, Sabotage> = new Map();
  keys: RegistryKey[] = [registryKeyOf(this.key)];
  blocked: { name: string; versions: string; reason: string }[] = [];
  /** Package name to what the signed metadata adds about it. */
  readonly custom: Map<string, object> = new Map();
  readonly documents: Map<string, Json> = new Map();
  readonly tarballs: Map<string, Uint8Array> = new Map();
  readonly metadata: Map<string, Buffer> = new Map();
  version = 0;
  /** Whether it knows the question for all that an install begins with. */
  together = false;
  #server: Server | undefined;
  url = '';

  async open(): Promise<this> {
    this.metadata.set('1.root.json', this.tuf.rootFile());
    this.sign();
    this.#server = createServer((request, response) => {
      const path = decodeURIComponent((request.url ?? '').slice(1)).replace(/\?.*/, '');
      this.asked.push(path);
      const other = this.sabotage.get(path);
      if (other) return other(response);
      const bytes = this.answerTo(path);
      response.statusCode = bytes ? 200 : 404;
      response.setHeader(
        'content-type',
        path.endsWith('.tgz') ? 'application/octet-stream' : 'application/json',
      );
      response.end(bytes ?? '{"error":"not found"}');
    })
      .listen(0, '127.0.0.1')
      .unref();
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
    if (this.#server?.listening) await once(this.#server, 'close');
  }

  /** Takes a package as it is, signs it, and lets the metadata vouch for it. */
  publish(
    packed: PackedPlugin,
    { published = '2026-01-01T00:00:00.000Z', ...more }: { published?: string } & Json = {},
  ): void {
    const { packageJson, integrity, bytes } = packed;
    const { name, version } = packageJson;
    const document = this.documents.get(name) ?? { name, 'dist-tags': {}, versions: {}, time: {} };
    const signatures = [signVersion({ name, version, integrity }, this.key)];
    Object.assign(document['versions'] as Json, {
      [version]: { ...packageJson, dist: { integrity, signatures }, ...more },
    });
    Object.assign(document['time'] as Json, { [version]: published });
    Object.assign(document['dist-tags'] as Json, { latest: version });
    this.documents.set(name, document);
    this.tarballs.set(`${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`, bytes);
    this.sign();
  }

  /** Changes what stands in a version of a document. */
  edit(name: string, version: string, change: (entry: Json) => void): void {
    const versions = this.documents.get(name)?.['versions'] as Record<string, Json>;
    const entry = versions[version];
    if (!entry) throw new Error(`${name}@${version} was not published`);
    change(entry);
    this.sign();
  }

  /** Signs everything anew, as of now. */
  sign(expires?: string): void {
    this.version += 1;
    const targets = Object.fromEntries(
      [...this.documents.keys()].map((name) => {
        const custom = this.custom.get(name);
        return [
          `packuments/${name}.json`,
          { bytes: this.document(name), ...(custom && { custom }) },
        ] as const;
      }),
    );
    const all = { ...targets, 'af/blocklist.json': { bytes: this.blocklist() } };
    const files = this.tuf.files(this.version, all, expires);
    this.metadata.set(`${this.version}.targets.json`, files.targets);
    this.metadata.set(`${this.version}.snapshot.json`, files.snapshot);
    this.metadata.set('timestamp.json', files.timestamp);
  }

  document(name: string): Buffer {
    return Buffer.from(JSON.stringify(this.documents.get(name)));
  }

  blocklist(): Buffer {
    return Buffer.from(JSON.stringify({ blocked: this.blocked }));
  }

  /** Also what was tampered with; what is sabotaged is left to be asked by itself. */
  #all(): Buffer {
    const names = [...this.documents.keys()].map((name) => name.replace('/', '%2f'));
    const metadata = [...this.metadata.keys()].map((name) => `-/af/v1/tuf/${name}`);
    const nextRoot = '-/af/v1/tuf/2.root.json';
    const paths = ['-/npm/v1/keys', '-/af/v1/blocklist', nextRoot, ...names, ...metadata];
    const answers = paths.flatMap((path) => {
      const plain = decodeURIComponent(path);
      return this.sabotage.has(plain) ? [] : [[path, textOf(this.answerTo(plain))]];
    });
    return Buffer.from(JSON.stringify({ answers: Object.fromEntries(answers) }));
  }

  answerTo(path: string): Uint8Array | undefined {
    if (path === '-/af/v1/documents' && this.together) return this.#all();
    if (path === '-/npm/v1/keys') return Buffer.from(JSON.stringify({ keys: this.keys }));
    if (path === '-/af/v1/blocklist') return this.blocklist();
    if (path.startsWith('-/af/v1/tuf/')) return this.metadata.get(path.slice('-/af/v1/tuf/'.length));
    if (path === '-/npm/v1/security/advisories/bulk') return Buffer.from('{}');
    if (path.endsWith('.tgz')) return this.tarballs.get(path);
    return this.documents.has(path) ? this.document(path) : undefined;
  }
}

function textOf(bytes: Uint8Array | undefined): string | null {
  return bytes ? Buffer.from(bytes).toString() : null;
}
