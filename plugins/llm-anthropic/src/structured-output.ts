import { isStrictSchema, schemaName } from '@agent-factory/model-kit';
import type { ModelRequest } from '@agent-factory/sdk/contracts';
import { anthropicModel } from './anthropic-capabilities.ts';
import type { AnthropicConfig } from './config.ts';

/**
 * The name of the tool whose input is the answer; `undefined` where the answer is text. Models and schemas that
 * cannot be held to each other natively are asked to call a tool with the answer.
 */
export function answersByTool(
  { responseSchema, model, tools = [] }: ModelRequest,
  config: Pick<AnthropicConfig, 'structuredOutput'>,
): string | undefined {
  if (!responseSchema) return undefined;
  const isNative =
    config.structuredOutput === 'native' &&
    anthropicModel(model).structuredOutput === 'native' &&
    isStrictSchema(responseSchema);
  if (isNative) return undefined;
  const taken = new Set(tools.map(({ name }) => name));
  let name = schemaName(responseSchema);
  while (taken.has(name)) name = `final_${name}`;
  return name;
}
