import { html, type Html, type Json, type JsonSchema } from '@agent-factory/sdk';
import {
  consoleFieldPattern,
  consolePageIdPattern,
  type ConsoleBlock,
  type ConsoleSubmission,
  type HttpReply,
  type HttpRoute,
} from '@agent-factory/sdk/contracts';
import { readPermission, writePermission } from './console-permissions.ts';
import { errors, errorTable } from './errors.ts';
import type { KnownPages, OwnedPage } from './known-pages.ts';
import { frameHeaders, layout, pageHeaders } from './layout.ts';
import type { PageCalls } from './page-calls.ts';
import { renderBlocks } from './render-blocks.ts';

/** What the console stands on. */
export interface ConsoleParts {
  readonly pages: KnownPages;
  readonly calls: PageCalls;
  /** Of the platform. */
  readonly name: string;
}

const contentType = 'text/html; charset=utf-8';
const pageId: JsonSchema = { type: 'string', pattern: consolePageIdPattern.source };
const params: JsonSchema = {
  type: 'object',
  properties: {
    plugin: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,63}$', description: 'Id of the plugin.' },
    page: { ...pageId, description: 'Id of its page.' },
  },
  required: ['plugin', 'page'],
};
const submission: JsonSchema = {
  type: 'object',
  properties: {
    form: { ...pageId, description: 'Id of the form.' },
    values: {
      type: 'object',
      propertyNames: { pattern: consoleFieldPattern.source },
      additionalProperties: { type: ['string', 'number', 'boolean'], maxLength: 4000 },
      maxProperties: 30,
      description: 'What was filled in, by name of the field.',
    },
  },
  required: ['form', 'values'],
  additionalProperties: false,
};
const message: JsonSchema = {
  type: 'object',
  properties: {
    message: { description: 'What the document of the frame says; any JSON of at most 64 KiB.' },
  },
  required: ['message'],
  additionalProperties: false,
};
const answer: JsonSchema = {
  type: 'object',
  properties: { answer: { description: 'What its plugin says.' } },
  required: ['answer'],
};

/** The routes of the console. */
export function consoleRoutes({ pages, calls, name }: ConsoleParts): readonly HttpRoute[] {
  const show = (title: string, needsScript: boolean, content: Html): HttpReply => ({
    headers: pageHeaders,
    body: layout({ name, title, needsScript }, content),
  });
  const read = { tag: 'Console', permission: readPermission.name, rate: 'read' } as const;
  const write = { tag: 'Console', permission: writePermission.name, rate: 'write' } as const;
  const { AF_CONSOLE_PAGE_UNKNOWN, AF_CONSOLE_ANSWER_INVALID, AF_CONSOLE_NO_FORM } = errorTable;
  const { AF_CONSOLE_NO_FRAME, AF_CONSOLE_FRAME_ALONE, AF_CONSOLE_MESSAGE_TOO_LARGE } = errorTable;
  const ofPage = { AF_CONSOLE_PAGE_UNKNOWN, AF_CONSOLE_ANSWER_INVALID };
  return [
    {
      ...read,
      method: 'GET',
      path: '/console',
      operationId: 'listConsolePages',
      summary: 'The pages of plugins that the caller may see, as a page.',
      responses: { 200: { description: 'The list.', contentType } },
      handler: async ({ principal }) => show('Pages', false, listOf(pages.of(principal))),
    },
    {
      ...read,
      method: 'GET',
      path: '/console/{plugin}/{page}',
      operationId: 'getConsolePage',
      summary: 'A page of a plugin.',
      params,
      responses: { 200: { description: 'The page.', contentType } },
      errors: ofPage,
      handler: async (request) => {
        const owned = pages.find(request.principal, request.params);
        const blocks = await calls.blocks(owned, request);
        const { title, frame } = owned.value;
        const content = html`${from(owned)} ${renderBlocks(blocks)} ${frame && frameOf(owned)}`;
        return show(title, frame !== undefined || blocks.some(isForm), content);
      },
    },
    {
      ...write,
      method: 'POST',
      path: '/console/{plugin}/{page}',
      operationId: 'submitConsoleForm',
      summary: 'Sends a form of a page, and gets what to show in its place.',
      params,
      body: submission,
      bodyExample: { form: 'greet', values: { name: 'Ada' } },
      responses: { 200: { description: 'What the page says, as a page.', contentType } },
      errors: { ...ofPage, AF_CONSOLE_NO_FORM },
      handler: async (request) => {
        const owned = pages.find(request.principal, request.params);
        const { form, values } = request.body as unknown as ConsoleSubmission; // as its schema says
        const blocks = await calls.submit(owned, request, { form, values });
        const back = html`<p><a href="${pathOf(owned)}">Back to ${owned.value.title}</a></p>`;
        return show(
          owned.value.title,
          blocks.some(isForm),
          html`${from(owned)} ${renderBlocks(blocks)} ${back}`,
        );
      },
    },
    {
      ...read,
      method: 'GET',
      path: '/console/{plugin}/{page}/frame',
      operationId: 'getConsoleFrame',
      summary: 'The document in the frame of a page, in an origin that is nobody’s.',
      params,
      responses: { 200: { description: 'The document.', contentType } },
      errors: { ...ofPage, AF_CONSOLE_NO_FRAME, AF_CONSOLE_FRAME_ALONE },
      handler: async (request) => {
        const owned = pages.find(request.principal, request.params);
        // By itself it could lead whoever looks at it anywhere; within its page it cannot leave.
        const into = request.headers['sec-fetch-dest'];
        if (into !== undefined && into !== 'iframe')
          throw errors.AF_CONSOLE_FRAME_ALONE({ plugin: owned.plugin, page: owned.value.id });
        return { headers: frameHeaders, body: await calls.html(owned, request) };
      },
    },
    {
      ...write,
      method: 'POST',
      path: '/console/{plugin}/{page}/frame',
      operationId: 'callConsoleFrame',
      summary: 'Hands a message of the document in a frame to its plugin.',
      params,
      body: message,
      bodyExample: { message: { city: 'Oslo' } },
      responses: {
        200: { description: 'The answer.', schema: answer, example: { answer: { celsius: 7 } } },
      },
      errors: { ...ofPage, AF_CONSOLE_NO_FRAME, AF_CONSOLE_MESSAGE_TOO_LARGE },
      handler: async (request) => {
        const owned = pages.find(request.principal, request.params);
        const { message: said } = request.body as { readonly message: Json }; // as its schema says
        return { body: { answer: await calls.message(owned, request, said) } };
      },
    },
  ];
}

function isForm({ kind }: ConsoleBlock): boolean {
  return kind === 'form';
}

function pathOf({ plugin, value: page }: OwnedPage): string {
  return `/console/${plugin}/${page.id}`;
}

/** Every page says whose it is: its title is the plugin's word alone. */
function from({ plugin }: OwnedPage): Html {
  return html`<p class="aside">A page of the plugin ${plugin}.</p>`;
}

function frameOf(owned: OwnedPage): Html {
  return html`<iframe
    sandbox="allow-scripts"
    src="${pathOf(owned)}/frame"
    title="${owned.value.title}"
  ></iframe>`;
}

function listOf(pages: readonly OwnedPage[]): Html {
  if (pages.length === 0) return html`<p>No plugin shows a page that is for you.</p>`;
  return html`<ul>
    ${pages.map(
      (owned) =>
        html`<li>
          <a href="${pathOf(owned)}">${owned.value.title}</a>
          <span class="aside">of ${owned.plugin}</span>
          ${owned.value.summary && html`<p>${owned.value.summary}</p>`}
        </li>`,
    )}
  </ul>`;
}
