import type { ModelRequest, ModelTool, ReasoningEffort, ToolChoice } from '@agent-factory/sdk/contracts';
import { anthropicModel } from './anthropic-capabilities.ts';
import type { AnthropicConfig } from './config.ts';
import { wireConversation } from './wire-messages.ts';
import { answersByTool } from './structured-output.ts';

/** Tokens of thought for models that want a number. */
const budgets: Readonly<Record<Exclude<ReasoningEffort, 'none'>, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
  max: 49_152,
};

/** Makes a writer of requests. */
export function createMessagesWriter(
  config: AnthropicConfig,
): (request: ModelRequest, stream: boolean) => string {
  // An agent offers the same list of tools turn after turn, and their schemas are most of a small request.
  const written = new WeakMap<readonly ModelTool[], string>();
  const writeTools = (offered: readonly ModelTool[]): string => {
    let text = written.get(offered);
    if (text === undefined) {
      const tools = offered.map(({ name, description, input }) => ({
        name,
        description,
        input_schema: { type: 'object', ...input },
      }));
      text = JSON.stringify(tools).slice(1, -1);
      written.set(offered, text);
    }
    return text;
  };

  return (request, stream) => {
    const { model, responseSchema, stop, temperature } = request;
    const { system, messages } = wireConversation(request.messages, config.provider);
    const thinking = thinkingOf(request);
    const budget = thinking?.type === 'enabled' ? (thinking.budget_tokens ?? 0) : 0;
    const maxTokens = request.maxOutputTokens ?? config.maxOutputTokens + budget;
    let body = `{"model":${JSON.stringify(model)},"max_tokens":${maxTokens},"messages":${JSON.stringify(messages)}`;
    const add = (name: string, value: unknown): void => {
      if (value !== undefined) body += `,"${name}":${JSON.stringify(value)}`;
    };
    if (system !== '') add('system', system);
    const answerTool = answersByTool(request, config);
    const tools = request.tools?.length ? [writeTools(request.tools)] : [];
    if (answerTool !== undefined) tools.push(JSON.stringify(toolForAnswer(answerTool, responseSchema)));
    if (tools.length > 0) {
      body += `,"tools":[${tools.join(',')}]`;
      add('tool_choice', choiceOf(request, answerTool, thinking !== undefined));
    }
    if (stop?.length) add('stop_sequences', stop);
    add('temperature', temperature);
    add('thinking', thinking);
    add('output_config', outputConfig(request, answerTool));
    if (config.promptCache) body += ',"cache_control":{"type":"ephemeral"}';
    if (stream) body += ',"stream":true';
    return `${body}}`;
  };
}

function toolForAnswer(name: string, schema: ModelRequest['responseSchema']): object {
  const description = 'Gives the final answer. Call it once, when everything else is done.';
  return { name, description, input_schema: schema };
}

function choiceOf(
  request: ModelRequest,
  answerTool: string | undefined,
  thinks: boolean,
): object | undefined {
  const { toolChoice, tools = [] } = request;
  if (answerTool === undefined) return toolChoice && wireChoice(toolChoice);
  // While it thinks, a model cannot be made to call a tool.
  if (thinks) return { type: 'auto' };
  if (tools.length === 0 || toolChoice === 'none') return { type: 'tool', name: answerTool };
  return toolChoice && toolChoice !== 'auto' ? wireChoice(toolChoice) : { type: 'any' };
}

function wireChoice(choice: ToolChoice): object {
  if (typeof choice !== 'string') return { type: 'tool', name: choice.tool };
  return { type: choice === 'required' ? 'any' : choice };
}

interface Thinking {
  readonly type: 'enabled' | 'adaptive' | 'disabled';
  readonly budget_tokens?: number;
}

function thinkingOf({ model, reasoningEffort, maxOutputTokens }: ModelRequest): Thinking | undefined {
  const { thinking } = anthropicModel(model);
  if (reasoningEffort === undefined || reasoningEffort === 'none' || thinking === undefined) return undefined;
  if (thinking === 'adaptive') return { type: 'adaptive' };
  const budget_tokens = Math.min(budgets[reasoningEffort], (maxOutputTokens ?? Infinity) - 1);
  return budget_tokens < budgets.minimal ? undefined : { type: 'enabled', budget_tokens };
}

function outputConfig(request: ModelRequest, answerTool: string | undefined): object | undefined {
  const { responseSchema, reasoningEffort: effort, model } = request;
  const format =
    responseSchema && answerTool === undefined
      ? { format: { type: 'json_schema', schema: responseSchema } }
      : undefined;
  const adaptive = anthropicModel(model).thinking === 'adaptive' && effort !== undefined && effort !== 'none';
  if (!format && !adaptive) return undefined;
  return { ...format, ...(adaptive && { effort: effort === 'minimal' ? 'low' : effort }) };
}
