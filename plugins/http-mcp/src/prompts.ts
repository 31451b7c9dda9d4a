import { allows, type McpCaller, type McpPrompt } from '@agent-factory/sdk/contracts';
import type { GetPromptResult, Prompt } from '@modelcontextprotocol/sdk/types.js';
import { errors } from './errors.ts';

/** Those of the prompts that somebody may see, as the protocol shows them. */
export function listPrompts(prompts: readonly McpPrompt[], caller: McpCaller): Prompt[] {
  return promptsFor(prompts, caller).map(({ name, title, description, arguments: wanted }) => ({
    name,
    ...(title !== undefined && { title }),
    description,
    ...(wanted && { arguments: wanted.map((one) => ({ ...one })) }),
  }));
}

/** The prompt of a name that somebody may see; AF_MCP_PROMPT_UNKNOWN. */
export function findPrompt(prompts: readonly McpPrompt[], name: string, caller: McpCaller): McpPrompt {
  const prompt = promptsFor(prompts, caller).find((one) => one.name === name);
  if (prompt) return prompt;
  throw errors.AF_MCP_PROMPT_UNKNOWN({ prompt: name.slice(0, 100) });
}

/** A prompt filled in; AF_MCP_PROMPT_UNKNOWN, AF_MCP_ARGUMENT_MISSING. */
export async function getPrompt(
  prompts: readonly McpPrompt[],
  name: string,
  given: Readonly<Record<string, string>>,
  caller: McpCaller,
): Promise<GetPromptResult> {
  const prompt = findPrompt(prompts, name, caller);
  const { arguments: wanted = [], description } = prompt;
  const missing = wanted.find(({ name: argument, required }) => required && !Object.hasOwn(given, argument));
  if (missing) throw errors.AF_MCP_ARGUMENT_MISSING({ prompt: name, argument: missing.name });
  const known = wanted.flatMap((one) => {
    const value = Object.hasOwn(given, one.name) ? given[one.name] : undefined;
    return value === undefined ? [] : [[one.name, value] as const];
  });
  const messages = await prompt.get(Object.fromEntries(known), caller);
  return { description, messages: messages.map((one) => ({ ...one })) };
}

function promptsFor(prompts: readonly McpPrompt[], { principal }: McpCaller): readonly McpPrompt[] {
  return prompts.filter(({ permission }) => permission === undefined || allows(principal, permission));
}
