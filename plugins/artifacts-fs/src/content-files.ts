import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { artifactErrors as errors } from '@agent-factory/sdk/contracts';

/** What is only being written, or was left behind by a process that ended: removed after a day. */
const incomingMs = 86_400_000;
const pieceBytes = 65_536;

/** Content that was written, but has not its place yet. */
export interface WrittenContent {
  readonly id: string;
  readonly bytes: number;
  /** Gives it its place; on the same disk, so at once or not at all. */
  place(): Promise<void>;
  /** Removes it, unless it has its place. */
  discard(): Promise<void>;
}

/** The files of all tenants: `<tenant>/<first two>/<id>`, and `.incoming` for what is being written. */
export class ContentFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes content down to the disk, beside its place. */
  async write(
    tenant: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<WrittenContent> {
    const path = join(this.#folder, '.incoming', randomUUID());
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, 'wx');
      try {
        for await (const piece of content instanceof Uint8Array ? [content] : content) {
          bytes += piece.length;
          if (bytes > maxBytes) throw errors.AF_ARTIFACT_TOO_LARGE({ max: maxBytes });
          hash.update(piece);
          await file.writeFile(piece);
        }
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      await rm(path, { force: true }).catch(() => {});
      throw unavailable('written', error);
    }
    const id = hash.digest('hex');
    return {
      id,
      bytes,
      place: async () => {
        const target = this.#path(tenant, id);
        try {
          await mkdir(dirname(target), { recursive: true });
          await rename(path, target);
        } catch (error) {
          throw unavailable('written', error);
        }
      },
      discard: () => rm(path, { force: true }).catch(() => {}),
    };
  }

  /** The bytes from `offset`, at most `length`; all of them are held against the hash. */
  async *read(
    tenant: string,
    { id, bytes }: { readonly id: string; readonly bytes: number },
    offset: number,
    length: number,
  ): AsyncGenerator<Uint8Array> {
    const damaged = (reason: string): Error => errors.AF_ARTIFACT_DAMAGED({ id, reason });
    const file = await open(this.#path(tenant, id), 'r').catch((error: unknown) => {
      throw codeOf(error) === 'ENOENT' ? damaged('its file is gone') : unavailable('read', error);
    });
    try {
      const { size } = await file.stat();
      if (size !== bytes) throw damaged(`it has ${size} bytes and had ${bytes}`);
      const hash = offset === 0 && length >= bytes ? createHash('sha256') : undefined;
      const end = Math.min(bytes, offset + length);
      for (let at = offset; at < end;) {
        const piece = new Uint8Array(Math.min(pieceBytes, end - at));
        const { bytesRead } = await file.read(piece, 0, piece.length, at);
        if (bytesRead === 0) throw damaged('it was cut while it was read');
        at += bytesRead;
        hash?.update(piece.subarray(0, bytesRead));
        if (hash !== undefined && at === end && hash.digest('hex') !== id)
          throw damaged('its bytes are others');
        yield piece.subarray(0, bytesRead);
      }
    } catch (error) {
      throw isAgentFactoryError(error) ? error : unavailable('read', error);
    } finally {
      await file.close();
    }
  }

  /** Removes content; one that is not there is no error. */
  async remove(tenant: string, id: string): Promise<void> {
    await rm(this.#path(tenant, id), { force: true }).catch((error: unknown) => {
      throw unavailable('removed', error);
    });
  }

  /** Folders of tenants that have, or had, content. */
  async tenants(): Promise<readonly string[]> {
    return (await names(this.#folder)).filter((name) => !name.startsWith('.'));
  }

  /** Removes everything of a tenant. */
  async removeTenant(tenant: string): Promise<void> {
    await rm(join(this.#folder, tenant), { recursive: true, force: true });
  }

  /** Ids of a tenant's content that lies there for longer than `ms`, in portions. */
  async *older(tenant: string, ms: number): AsyncGenerator<readonly string[]> {
    for (const part of await names(join(this.#folder, tenant))) {
      const folder = join(this.#folder, tenant, part);
      const old: string[] = [];
      for (const id of await names(folder)) if (await isOlder(join(folder, id), ms)) old.push(id);
      if (old.length > 0) yield old;
    }
  }

  /** Removes what nobody is writing any more. */
  async sweepIncoming(): Promise<void> {
    const folder = join(this.#folder, '.incoming');
    for (const name of await names(folder))
      if (await isOlder(join(folder, name), incomingMs)) await rm(join(folder, name), { force: true });
  }

  #path(tenant: string, id: string): string {
    return join(this.#folder, tenant, id.slice(0, 2), id);
  }
}

async function names(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw unavailable('listed', error);
  });
}

async function isOlder(path: string, ms: number): Promise<boolean> {
  return stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > ms,
    () => false, // gone meanwhile
  );
}

/** What the disk says, as an error with a code; what the source of the content says stays as it is. */
function unavailable(what: string, error: unknown): unknown {
  const code = codeOf(error);
  if (!/^E[A-Z]{2,}$/.test(code)) return error;
  return errors.AF_ARTIFACT_UNAVAILABLE({ what, reason: code }, { cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
