import type { Contribution, Logger } from '@agent-factory/sdk';
import {
  allows,
  consolePageIdPattern,
  permissionNamePattern,
  type ConsolePage,
  type Principal,
} from '@agent-factory/sdk/contracts';
import type { HttpConsoleConfig } from './config.ts';
import { errors } from './errors.ts';

/** A page, and the plugin it comes from. */
export type OwnedPage = Contribution<ConsolePage>;

/** The pages of all plugins. */
export class KnownPages {
  readonly #pages = new Map<string, OwnedPage>();

  constructor(given: readonly OwnedPage[], { maxPages }: HttpConsoleConfig, log: Logger) {
    const counts = new Map<string, number>();
    for (const owned of given) {
      const { plugin, value: page } = owned;
      const count = counts.get(plugin) ?? 0;
      const key = keyOf(plugin, page.id);
      const reason =
        faultOf(page) ??
        (this.#pages.has(key) ? 'it has another of this id' : undefined) ??
        (count >= maxPages ? `it has more than ${maxPages}` : undefined);
      if (reason === undefined) {
        counts.set(plugin, count + 1);
        this.#pages.set(key, owned);
      } else log.warn('A page is left out of the console.', { plugin, page: String(page.id), reason });
    }
  }

  /** Those somebody may see. */
  of(principal: Principal): readonly OwnedPage[] {
    return [...this.#pages.values()].filter(({ value }) => maySee(principal, value));
  }

  /** One that somebody may see. AF_CONSOLE_PAGE_UNKNOWN, whether there is none or it is not for them. */
  find(principal: Principal, { plugin = '', page = '' }: Readonly<Record<string, string>>): OwnedPage {
    const found = this.#pages.get(keyOf(plugin, page));
    if (found && maySee(principal, found.value)) return found;
    throw errors.AF_CONSOLE_PAGE_UNKNOWN({ plugin, page });
  }
}

function keyOf(plugin: string, page: string): string {
  return `${plugin}/${page}`;
}

function maySee(principal: Principal, { permission }: ConsolePage): boolean {
  return permission === undefined || allows(principal, permission);
}

/** What is wrong with a page. Plugins may be plain JavaScript, so the types alone prove nothing. */
function faultOf({ id, title, summary, permission, blocks, frame }: ConsolePage): string | undefined {
  if (typeof id !== 'string' || !consolePageIdPattern.test(id))
    return 'its id is no word of small letters, digits and dashes';
  if (typeof title !== 'string' || title === '' || title.length > 100)
    return 'its title is no text of 1 to 100 characters';
  if (summary !== undefined && (typeof summary !== 'string' || summary.length > 300))
    return 'its summary is no text of at most 300 characters';
  if (permission !== undefined && !(typeof permission === 'string' && permissionNamePattern.test(permission)))
    return 'its permission is none of the form things:verb';
  if (typeof blocks !== 'function' && typeof frame?.html !== 'function')
    return 'it has neither blocks nor a frame';
  return undefined;
}
