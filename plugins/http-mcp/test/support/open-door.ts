import { dirname } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { ClientCapabilities } from '@modelcontextprotocol/sdk/types.js';
import type { InMemoryPlugin, JsonObject } from '@agent-factory/sdk';
import { defaultTenant, HttpServer, TenantStorage } from '@agent-factory/sdk/contracts';
import {
  addMember,
  bootTestKernel,
  type TestKernel,
  type TestKernelOptions,
} from '@agent-factory/sdk/testing';

/** A client that is connected, with its way out. */
export interface Connected {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
}

/** A platform with the door, and clients that come through it. */
export interface Door {
  readonly kernel: TestKernel;
  readonly url: string;
  /** A key of a new program in these roles. */
  keyOf(roles: readonly string[], tenant?: string): Promise<string>;
  /** The official client, with what it says it can do. */
  connect(key: string, capabilities?: ClientCapabilities): Promise<Connected>;
  close(): Promise<void>;
}

/** What the platform is made of. */
export interface DoorOptions {
  readonly offering: InMemoryPlugin;
  /** Of the door. */
  readonly config: JsonObject;
  readonly plugins?: TestKernelOptions['plugins'];
  readonly agents?: readonly JsonObject[];
  /** Folder of another one, to be a second process beside it. */
  readonly dataDir?: string;
}

/** Boots it, with accounts and keys. */
export async function openDoor({
  offering,
  config,
  plugins = [],
  agents = [],
  dataDir,
}: DoorOptions): Promise<Door> {
  const kernel = await bootTestKernel({
    ...(dataDir !== undefined && { dataDir }),
    plugins: [
      '@agent-factory/plugin-storage-sqlite',
      '@agent-factory/plugin-journal-sql',
      '@agent-factory/plugin-accounts-sql',
      '@agent-factory/plugin-auth-api-key',
      ...plugins,
      offering,
      { use: '@agent-factory/plugin-agent-runtime', config: { agentsDir: 'none', agents: [...agents] } },
      { use: dirname(dirname(import.meta.dirname)), config },
      { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
    ],
  });
  const url = `${kernel.use(HttpServer).url()}/mcp`;
  const open: Client[] = [];
  const tenants = new Set<string>([defaultTenant]);
  return {
    kernel,
    url,
    async keyOf(roles, tenant = defaultTenant) {
      if (!tenants.has(tenant)) await kernel.use(TenantStorage).create(tenant);
      tenants.add(tenant);
      return (await addMember(kernel, tenant, roles)).key;
    },
    async connect(key, capabilities = {}) {
      const client = new Client({ name: 'test', version: '1.0.0' }, { capabilities });
      const headers = { authorization: `Bearer ${key}` };
      const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
      open.push(client);
      // The transport's own type lacks the `| undefined` that exactOptionalPropertyTypes asks for.
      await client.connect(transport as Parameters<Client['connect']>[0]);
      return { client, transport };
    },
    async close() {
      for (const client of open) await client.close();
      await kernel.close();
    },
  };
}
