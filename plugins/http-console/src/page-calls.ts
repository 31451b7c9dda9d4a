import type { Json, Validator } from '@agent-factory/sdk';
import type {
  ConsoleBlock,
  ConsoleRequest,
  ConsoleSubmission,
  HttpRequest,
} from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';
import type { OwnedPage } from './known-pages.ts';

/** Most bytes of what a page shows, as JSON, and of the document of its frame. */
const pageBytes = 262_144;
/** Most bytes of a message of a frame, and of the answer to it. */
const messageBytes = 65_536;

/** Asks pages, and looks at what they give before anybody sees it. */
export class PageCalls {
  readonly #check: Validator;

  /** @param check - by the schema of blocks */
  constructor(check: Validator) {
    this.#check = check;
  }

  /** What a page shows above its frame. AF_CONSOLE_ANSWER_INVALID. */
  async blocks(owned: OwnedPage, request: HttpRequest): Promise<readonly ConsoleBlock[]> {
    const { value: page } = owned;
    return page.blocks ? this.#checked(owned, await page.blocks(askerOf(request))) : [];
  }

  /** What a page says to a form. AF_CONSOLE_NO_FORM, AF_CONSOLE_ANSWER_INVALID. */
  async submit(
    owned: OwnedPage,
    request: HttpRequest,
    { form, values }: Pick<ConsoleSubmission, 'form' | 'values'>,
  ): Promise<readonly ConsoleBlock[]> {
    const { plugin, value: page } = owned;
    if (!page.submit) throw errors.AF_CONSOLE_NO_FORM({ plugin, page: page.id });
    return this.#checked(owned, await page.submit({ ...askerOf(request), form, values }));
  }

  /** The document of a page's frame. AF_CONSOLE_NO_FRAME, AF_CONSOLE_ANSWER_INVALID. */
  async html(owned: OwnedPage, request: HttpRequest): Promise<string> {
    const { plugin, value: page } = owned;
    if (!page.frame) throw errors.AF_CONSOLE_NO_FRAME({ plugin, page: page.id });
    const html: unknown = await page.frame.html(askerOf(request));
    if (typeof html !== 'string') throw refuse(owned, 'its frame is no text');
    jsonWithin(owned, html, pageBytes);
    return html;
  }

  /** What a page answers to a message of its frame. AF_CONSOLE_NO_FRAME, …_MESSAGE_TOO_LARGE, …_ANSWER_INVALID. */
  async message(owned: OwnedPage, request: HttpRequest, message: Json): Promise<Json> {
    const { plugin, value: page } = owned;
    if (!page.frame?.call) throw errors.AF_CONSOLE_NO_FRAME({ plugin, page: page.id });
    const bytes = Buffer.byteLength(JSON.stringify(message));
    if (bytes > messageBytes) throw errors.AF_CONSOLE_MESSAGE_TOO_LARGE({ bytes, limit: messageBytes });
    const answer: unknown = await page.frame.call({ ...askerOf(request), message });
    return jsonWithin(owned, answer ?? null, messageBytes);
  }

  #checked(owned: OwnedPage, given: unknown): readonly ConsoleBlock[] {
    const data = jsonWithin(owned, given ?? null, pageBytes);
    const problems = this.#check(data).map(({ path, message }) => `${path} ${message}`.trim());
    if (problems.length > 0) throw refuse(owned, problems.slice(0, 5).join('; '));
    const blocks = data as unknown as readonly ConsoleBlock[]; // as their schema says
    const fault = faultIn(blocks);
    if (fault !== undefined) throw refuse(owned, fault);
    return blocks;
  }
}

/** What a page is told of a request: whoever isolates it hands on the same. */
function askerOf({ principal, signal }: HttpRequest): ConsoleRequest {
  return { tenant: principal.tenant, caller: principal.id, signal };
}

/** A copy that is JSON and nothing else. */
function jsonWithin(owned: OwnedPage, given: unknown, limit: number): Json {
  let text: string | undefined;
  try {
    text = JSON.stringify(given) as string | undefined; // of a function it makes none
  } catch {
    // A circle, a BigInt, or deeper than the stack.
  }
  if (text === undefined) throw refuse(owned, 'it is no JSON');
  const bytes = Buffer.byteLength(text);
  if (bytes > limit) throw refuse(owned, `it has ${bytes} bytes, more than the ${limit} it may have`);
  return JSON.parse(text) as Json; // what was just written
}

/** What no schema says. */
function faultIn(blocks: readonly ConsoleBlock[]): string | undefined {
  const forms = new Set<string>();
  for (const block of blocks) {
    if (block.kind === 'table' && block.rows.some((row) => row.length !== block.columns.length))
      return 'a row of a table has more or fewer cells than there are columns';
    if (block.kind !== 'form') continue;
    if (forms.has(block.id)) return `two forms have the id ${block.id}`;
    forms.add(block.id);
    const names = new Set(block.fields.map(({ name }) => name));
    if (names.size < block.fields.length) return `two fields of the form ${block.id} have one name`;
    const bare = block.fields.find(({ type, choices }) => type === 'choice' && !choices?.length);
    if (bare) return `the field ${bare.name} of the form ${block.id} has nothing to choose from`;
  }
  return undefined;
}

function refuse({ plugin, value: page }: OwnedPage, problems: string): Error {
  return errors.AF_CONSOLE_ANSWER_INVALID({ plugin, page: page.id, problems });
}
