import { permissionCovers } from '@agent-factory/sdk';
import { errors } from './errors.ts';

const kept = 20;

/** The permissions of one plugin: what it was granted, what of it it has used, what it was refused. */
export class Grants {
  readonly plugin: string;
  readonly #granted: Map<string, AbortController>;
  readonly #used = new Set<string>();
  readonly #refused: string[] = [];

  constructor(plugin: string, granted: readonly string[]) {
    this.plugin = plugin;
    this.#granted = new Map(granted.map((name) => [name, new AbortController()]));
  }

  get granted(): readonly string[] {
    return [...this.#granted.keys()];
  }

  get used(): readonly string[] {
    return [...this.#used];
  }

  get refused(): readonly string[] {
    return this.#refused;
  }

  /** The granted permissions that cover what is asked for, the widest last. */
  covering(asked: string): readonly string[] {
    return this.granted.filter((name) => permissionCovers(name, asked)).sort((a, b) => b.length - a.length);
  }

  /** Marks a permission as used; its signal is aborted when it is taken away. */
  use(name: string): AbortSignal {
    this.#used.add(name);
    return this.#granted.get(name)?.signal ?? AbortSignal.abort(this.#gone(name));
  }

  /** The signal of the permission that covers what is asked for. AF_ISOLATION_NOT_GRANTED where none does. */
  require(asked: string, what: string): AbortSignal {
    const [name] = this.covering(asked);
    if (name !== undefined) return this.use(name);
    throw this.refuse(what, asked);
  }

  /** Notes what was refused, and gives the error. */
  refuse(what: string, permission: string): Error {
    this.note(what);
    return errors.AF_ISOLATION_NOT_GRANTED({ plugin: this.plugin, what, permission });
  }

  /** Notes what was refused. */
  note(what: string): void {
    this.#refused.push(what);
    if (this.#refused.length > kept) this.#refused.shift();
  }

  /** Takes a permission away, from what is under way too; whether it was there. */
  revoke(name: string): boolean {
    const controller = this.#granted.get(name);
    this.#granted.delete(name);
    controller?.abort(this.#gone(name));
    return controller !== undefined;
  }

  #gone(name: string): Error {
    return errors.AF_ISOLATION_NOT_GRANTED({
      plugin: this.plugin,
      what: `use ${name} any more`,
      permission: name,
    });
  }
}
