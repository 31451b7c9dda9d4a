import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  type CallToolResult,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';

const anything = { type: 'object' as const, properties: {} };
const png = Buffer.from([137, 80, 78, 71]).toString('base64');
const text = (said: string): CallToolResult => ({ content: [{ type: 'text', text: said }] });

/** What happened in an example server. */
export interface ExampleLog {
  readonly cancelled: string[];
  /** Calls of `slow` that began. */
  slow: number;
  calls: number;
}

/** A server with a tool for each thing that servers do; the same over stdio and HTTP. */
export function exampleServer(log: ExampleLog = { cancelled: [], slow: 0, calls: 0 }): Server {
  const server = new Server(
    { name: 'example', version: '1' },
    { capabilities: { tools: { listChanged: true } } },
  );
  const tools: Tool[] = [
    {
      name: 'echo',
      description: 'Says it again.',
      annotations: { readOnlyHint: true },
      inputSchema: {
        type: 'object',
        properties: { text: { type: 'string', pattern: '(a+)+$' } },
        required: ['text'],
      },
    },
    { name: 'env', description: 'Tells the names of its variables.', inputSchema: anything },
    {
      name: 'slow.one',
      description: 'Never answers.',
      inputSchema: anything,
      annotations: { idempotentHint: true },
    },
    { name: 'picture', description: 'Draws a picture.', inputSchema: anything },
    {
      name: 'weather',
      description: 'Tells the weather.',
      inputSchema: anything,
      outputSchema: { type: 'object', properties: { degrees: { type: 'number' } }, required: ['degrees'] },
    },
    { name: 'fail', description: 'Fails.', inputSchema: anything },
    { name: 'grow', description: 'Adds a tool.', inputSchema: anything },
    { name: 'crash', description: 'Ends the server.', inputSchema: anything },
  ];
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
    // Two pages.
    const from = params?.cursor === undefined ? 0 : Number(params.cursor);
    return {
      tools: tools.slice(from, from + 5),
      ...(from + 5 < tools.length && { nextCursor: `${from + 5}` }),
    };
  });
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }): Promise<CallToolResult> => {
    log.calls++;
    switch (params.name) {
      case 'echo':
        return text(String(params.arguments?.['text']));
      case 'env':
        return text(
          Object.entries(process.env)
            .map((pair) => pair.join('='))
            .join('\n'),
        );
      case 'slow.one':
        log.slow++;
        return new Promise(() => {
          signal.addEventListener('abort', () => log.cancelled.push(params.name));
        });
      case 'picture':
        return {
          content: [
            { type: 'text', text: 'Here:' },
            { type: 'image', data: png, mimeType: 'image/png' },
            { type: 'resource', resource: { uri: 'note://1', mimeType: 'text/plain', text: 'a note' } },
            { type: 'resource_link', uri: 'file:///a', name: 'a' },
          ],
        };
      case 'weather':
        return { content: [{ type: 'text', text: '21' }], structuredContent: { degrees: 21 } };
      case 'fail':
        return { ...text('the disk is full'), isError: true };
      case 'grow':
        tools.push({ name: `new${tools.length}`, description: 'A new tool.', inputSchema: anything });
        await server.sendToolListChanged();
        return text('done');
      case 'crash':
        process.exit(3);
      // falls through
      default:
        throw new Error(`no tool ${params.name}`);
    }
  });
  return server;
}
