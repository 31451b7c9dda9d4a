import { defaultLimits, type RegistryKey } from '@agent-factory/plugin-package';
import { reasonIn } from './answer-text.ts';
import { errors } from './errors.ts';
import { parsePackument, type Packument } from './packument.ts';
import type { Transport } from './transport.ts';

const jsonLimit = 32 * 2 ** 20;

/** Reads from one registry. */
export class RegistryClient {
  /** Its address, without a slash at the end. */
  readonly registry: string;
  readonly #transport: Transport;

  constructor(registry: string, transport: Transport) {
    this.registry = checkRegistry(registry);
    this.#transport = transport;
  }

  /** The document of a package, as bytes and as read. @throws AF_INSTALL_NOT_FOUND, AF_INSTALL_REGISTRY_… */
  async packument(name: string): Promise<{ bytes: Uint8Array; packument: Packument }> {
    const path = encodePackage(name);
    const bytes = await this.#bytes(path, jsonLimit, name);
    return { bytes, packument: parsePackument(this.#parse(bytes, path), name, `${this.registry}/${path}`) };
  }

  /** A package file, by the place every registry keeps it at; what the document says of it is not followed. */
  tarball(name: string, version: string): Promise<Uint8Array> {
    const file = `${name.slice(name.indexOf('/') + 1)}-${version}.tgz`;
    return this.#bytes(`${name}/-/${file}`, defaultLimits.packedBytes, name);
  }

  /** The keys the registry signs with, and has signed with. */
  async keys(): Promise<readonly RegistryKey[]> {
    const path = '-/npm/v1/keys';
    const { keys } = Object(await this.json(path)) as { keys?: readonly RegistryKey[] }; // checked next
    if (!Array.isArray(keys)) throw this.#refuse(path, 'it lists no keys');
    return keys;
  }

  /** Anything in JSON. */
  async json(path: string): Promise<unknown> {
    return this.#parse(await this.#bytes(path, jsonLimit), path);
  }

  /** Bytes, or nothing where the registry has nothing. */
  async find(path: string, limit: number = jsonLimit): Promise<Uint8Array | undefined> {
    const { status, bytes } = await this.#transport.get(this.registry, path, limit);
    if (status === 404) return undefined;
    if (status !== 200) throw this.#refuse(path, `it has status ${status}`);
    return bytes;
  }

  async #bytes(path: string, limit: number, name?: string): Promise<Uint8Array> {
    const { status, type, bytes } = await this.#transport.get(this.registry, path, limit);
    if (/html/i.test(type)) throw this.#refuse(path, 'it is a web page');
    if (status === 404 && name !== undefined)
      throw errors.AF_INSTALL_NOT_FOUND({ registry: this.registry, name });
    if (status >= 500) {
      const reason = `it has status ${status}`;
      throw errors.AF_INSTALL_REGISTRY_UNREACHABLE({ registry: this.registry, reason });
    }
    if (status === 401 || status === 403 || status === 451)
      throw this.#refuse(path, `it refuses: ${reasonIn(bytes, 'it does not say why')}`);
    if (status !== 200) throw this.#refuse(path, `it has status ${status}`);
    return bytes;
  }

  #parse(bytes: Uint8Array, path: string): unknown {
    try {
      return JSON.parse(Buffer.from(bytes).toString('utf8'));
    } catch {
      throw this.#refuse(path, 'it is not JSON');
    }
  }

  #refuse(path: string, reason: string): Error {
    return errors.AF_INSTALL_REGISTRY_ANSWER({ url: `${this.registry}/${path}`, reason });
  }
}

/** A registry's address in one spelling. @throws AF_INSTALL_SPEC */
export function checkRegistry(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw errors.AF_INSTALL_SPEC({
      spec: address,
      reason: 'a registry has an address such as https://registry.example.com',
    });
  const isLocal =
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname) || url.hostname.endsWith('.localhost');
  if (url.protocol === 'http:' && !isLocal)
    throw errors.AF_INSTALL_SPEC({
      spec: address,
      reason: 'a registry on another machine is reached by https',
    });
  return url.href.replace(/\/+$/, '');
}

/** A package's name as one part of a path. */
export function encodePackage(name: string): string {
  return name.replace('/', '%2f');
}
