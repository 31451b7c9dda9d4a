import { dirname } from 'node:path';
import type { InMemoryPlugin, Json } from '@agent-factory/sdk';
import {
  ConsolePage,
  HttpServer,
  TenantStorage,
  type ConsoleBlock,
  type ConsoleSubmission,
} from '@agent-factory/sdk/contracts';
import { addMember, bootTestKernel, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';

/** A platform with the console. */
export interface ConsolePlatform {
  readonly kernel: TestKernel;
  readonly url: string;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: Json, headers?: Record<string, string>): Promise<Answer>;
  /** Headers of a new account in these roles, where there is a login. */
  as(...roles: string[]): Promise<Record<string, string>>;
  /** A session of a new account in these roles: its cookie. */
  session(...roles: string[]): Promise<{ readonly name: string; readonly value: string }>;
}

/** What came back. */
interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** Of a problem. */
  readonly code: string;
}

/** A plugin with pages; what no type would let through may be among them. */
export function showing(id: string, pages: readonly unknown[]): InMemoryPlugin {
  return testPlugin(id, [ConsolePage], (ctx) => {
    for (const page of pages) ctx.contribute(ConsolePage, page as ConsolePage); // what it is not is tried too
  });
}

/** A page that shows whatever it is asked to be. */
export function pageOf(id: string, blocks: readonly unknown[], more: Partial<ConsolePage> = {}): ConsolePage {
  return {
    id,
    title: `The page ${id}`,
    blocks: async () => blocks as readonly ConsoleBlock[], // what it is not is tried too
    ...more,
  };
}

/** One with every kind of block, that greets whoever sends its form. */
export const board: ConsolePage = {
  id: 'board',
  title: 'Board',
  summary: 'All there is to see.',
  blocks: async ({ tenant, caller }) => [
    { kind: 'heading', text: 'Today' },
    { kind: 'text', text: 'One line.\nAnother.' },
    {
      kind: 'facts',
      facts: [
        { name: 'Tenant', value: tenant },
        { name: 'Caller', value: caller },
      ],
    },
    { kind: 'table', caption: 'Cities', columns: ['Name', 'Degrees', 'Warm'], rows: [['Oslo', 7, false]] },
    { kind: 'list', items: ['one', 'two'] },
    { kind: 'link', text: 'The list', href: '/console' },
    { kind: 'link', text: 'Elsewhere', href: 'https://docs.example/a?b=1' },
    {
      kind: 'form',
      id: 'greet',
      title: 'Greet somebody',
      button: 'Greet',
      fields: [
        { name: 'querySelectorAll', label: 'Name', type: 'text', required: true, help: 'Who it is.' },
        { name: 'times', label: 'Times', type: 'number', value: 2 },
        { name: 'words', label: 'Words', type: 'long-text', value: '\nHi' },
        { name: 'tone', label: 'Tone', type: 'choice', choices: ['kind', 'plain'], value: 'plain' },
        { name: 'loud', label: 'Loud', type: 'yes-no', value: true },
      ],
    },
  ],
  submit: async ({ form, values, tenant }: ConsoleSubmission) => [
    { kind: 'text', text: `${form} for ${tenant}: ${JSON.stringify(values)}` },
  ],
};

/** Boots it with these plugins; with a login, or for whoever reaches the machine. */
export async function bootConsole(
  plugins: readonly InMemoryPlugin[],
  { login = false, config = {} }: { readonly login?: boolean; readonly config?: { maxPages?: number } } = {},
): Promise<ConsolePlatform> {
  const accounts = ['storage-sqlite', 'accounts-sql', 'auth-api-key'].map(
    (id) => `@agent-factory/plugin-${id}`,
  );
  const session = { use: '@agent-factory/plugin-auth-session', config: { secureCookies: false } };
  const kernel = await bootTestKernel({
    plugins: [
      ...(login ? [...accounts, session] : []),
      ...plugins,
      { use: dirname(dirname(import.meta.dirname)), config },
      { use: '@agent-factory/plugin-http-api', config: { port: 0, rateLimits: [] } },
    ],
  });
  if (login) await kernel.use(TenantStorage).create('acme');
  const url = kernel.use(HttpServer).url() ?? '';
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const answer = await fetch(url + path, init);
    const text = await answer.text();
    const isProblem = answer.headers.get('content-type')?.includes('problem') ?? false;
    const code = isProblem ? (JSON.parse(text) as { readonly code: string }).code : ''; // as problems are
    return { status: answer.status, text, headers: answer.headers, code };
  };
  const post: ConsolePlatform['post'] = (path, body, headers = {}) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const member = (roles: readonly string[]) => addMember(kernel, 'acme', roles, { kind: 'user' });
  const as: ConsolePlatform['as'] = async (...roles) => ({
    authorization: `Bearer ${(await member(roles)).key}`,
  });
  return {
    kernel,
    url,
    get: (path, headers = {}) => ask(path, { headers }),
    post,
    as,
    async session(...roles) {
      const path = `/api/v1/members/${(await member(roles)).id}/invitation`;
      const invited = await post(path, {}, await as('tenant-admin'));
      const token = (JSON.parse(invited.text) as { readonly url: string }).url.split('#')[1] ?? ''; // as its schema says
      const accepted = await post('/api/v1/auth/accept', { token, password: 'correct horse battery staple' });
      const [name = '', value = ''] = accepted.headers.getSetCookie()[0]?.split(';')[0]?.split('=') ?? [];
      return { name, value };
    },
  };
}
