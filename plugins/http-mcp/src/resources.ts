import {
  allows,
  type McpCaller,
  type McpContents,
  type McpResource,
  type McpResourceEntry,
} from '@agent-factory/sdk/contracts';
import { UriTemplate } from '@modelcontextprotocol/sdk/shared/uriTemplate.js';
import { errors } from './errors.ts';

const maxUriChars = 2000;

/** A resource, and the values of the variables in its address. */
interface FoundResource {
  readonly resource: McpResource;
  readonly variables: Readonly<Record<string, string>>;
}

/** Those of the resources that somebody may see. */
function resourcesFor(resources: readonly McpResource[], { principal }: McpCaller): readonly McpResource[] {
  return resources.filter(({ permission }) => permission === undefined || allows(principal, permission));
}

/** What is listed: those without variables, and what those with variables list. */
export async function listResources(
  resources: readonly McpResource[],
  caller: McpCaller,
): Promise<readonly McpResourceEntry[]> {
  const lists = resourcesFor(resources, caller).map(async (one) =>
    UriTemplate.isTemplate(one.uri) ? ((await one.list?.(caller)) ?? []) : [entryOf(one)],
  );
  return (await Promise.all(lists)).flat();
}

/** Those with variables, as the protocol shows them. */
export function listTemplates(
  resources: readonly McpResource[],
  caller: McpCaller,
): readonly (Omit<McpResourceEntry, 'uri'> & { readonly uriTemplate: string })[] {
  return resourcesFor(resources, caller)
    .filter(({ uri }) => UriTemplate.isTemplate(uri))
    .map((one) => {
      const { uri: uriTemplate, ...entry } = entryOf(one);
      return { ...entry, uriTemplate };
    });
}

/** The resource of an address that somebody may see; AF_MCP_RESOURCE_UNKNOWN. */
export function findResource(
  resources: readonly McpResource[],
  uri: string,
  caller: McpCaller,
): FoundResource {
  for (const resource of uri.length > maxUriChars ? [] : resourcesFor(resources, caller)) {
    if (resource.uri === uri) return { resource, variables: {} };
    const found = UriTemplate.isTemplate(resource.uri) ? new UriTemplate(resource.uri).match(uri) : null;
    if (found) return { resource, variables: decoded(found) };
  }
  throw unknown(uri);
}

/** What is at an address; AF_MCP_RESOURCE_UNKNOWN. */
export async function readResource(
  resources: readonly McpResource[],
  uri: string,
  caller: McpCaller,
): Promise<readonly McpContents[]> {
  const { resource, variables } = findResource(resources, uri, caller);
  const contents = await resource.read(uri, variables, caller);
  if (!contents) throw unknown(uri);
  return contents;
}

function unknown(uri: string): Error {
  return errors.AF_MCP_RESOURCE_UNKNOWN({ uri: uri.slice(0, 200) });
}

function entryOf({ uri, name, title, description, mimeType }: McpResource): McpResourceEntry {
  return {
    uri,
    name,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(mimeType !== undefined && { mimeType }),
  };
}

function decoded(found: Readonly<Record<string, string | string[]>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => {
      const text = String(value);
      try {
        return [name, decodeURIComponent(text)];
      } catch {
        return [name, text];
      }
    }),
  );
}
