import type { LanguageModel, ModelRequest, ModelResponse, ModelTool } from '@agent-factory/sdk/contracts';
import { textOf } from '@agent-factory/sdk/domain';
import { composeAnswer } from './compose-answer.ts';
import type { LocalConfig } from './config.ts';
import { readConversation, type Conversation } from './conversation.ts';
import { errors } from './errors.ts';
import { planCalls } from './plan-calls.ts';
import { structuredAnswer } from './structured-answer.ts';
import { contentWords, wordsOf } from './words.ts';

const modelName = 'tools';

/** Stands in for a language model: chooses tools by words, and answers from what they give back. */
export function createLocalLanguageModel({ provider }: LocalConfig): LanguageModel {
  const answer = (request: ModelRequest): ModelResponse => {
    if (request.model !== modelName)
      throw errors.AF_LLM_LOCAL_UNKNOWN_MODEL({ model: request.model, provider });
    return respond(request);
  };
  return {
    provider,
    description:
      'No language model: matches words with tools and quotes what they find. Needs no key and no network.',
    available: true,
    capabilities: async () => ({
      streaming: true,
      tools: true,
      structuredOutput: 'prompted',
      images: false,
      reasoning: false,
    }),
    async generate(request, { signal }) {
      signal.throwIfAborted();
      const response = answer(request);
      await Promise.resolve();
      signal.throwIfAborted();
      return response;
    },
    async *stream(request, { signal }) {
      signal.throwIfAborted();
      const response = answer(request);
      for (const text of response.message.content.match(/\s*\S+\s*$|\s*\S+/g) ?? []) {
        yield { type: 'text', text };
        signal.throwIfAborted();
      }
      yield { type: 'finish', response };
    },
  };
}

function respond(request: ModelRequest): ModelResponse {
  const conversation = readConversation(request);
  const tools = toolsAllowed(request);
  const { responseSchema } = request;
  const answer = (text: () => string): ModelResponse =>
    said(request, responseSchema ? JSON.stringify(structuredAnswer(responseSchema, conversation)) : text());
  // One round of tools for a message: what they gave back is the answer, so nothing can go round in circles.
  if (conversation.outcomes.length > 0) return answer(() => composeAnswer(conversation));
  const plan = planCalls(conversation.question, conversation.questionBefore, tools);
  if (plan.kind === 'call') {
    const toolCalls = plan.calls.map((call, n) => ({ id: `local_${conversation.answers}_${n}`, ...call }));
    const usage = usageOf(request, JSON.stringify(plan.calls));
    return { message: { role: 'assistant', content: '', toolCalls }, finishReason: 'tool_calls', usage };
  }
  if (plan.kind === 'ask') return answer(() => askFor(plan.tool, plan.missing));
  return answer(() => introduce(conversation, tools));
}

function toolsAllowed({ tools = [], toolChoice = 'auto' }: ModelRequest): readonly ModelTool[] {
  if (toolChoice === 'none') return [];
  return typeof toolChoice === 'string' ? tools : tools.filter(({ name }) => name === toolChoice.tool);
}

function said(request: ModelRequest, content: string): ModelResponse {
  return { message: { role: 'assistant', content }, finishReason: 'stop', usage: usageOf(request, content) };
}

/** Words stand for tokens, there being none. */
function usageOf(request: ModelRequest, output: string): ModelResponse['usage'] {
  const inputTokens = request.messages.reduce((sum, message) => sum + wordsOf(textOf(message)).length, 0);
  return { inputTokens, outputTokens: wordsOf(output).length };
}

function askFor(tool: ModelTool, missing: readonly string[]): string {
  const { properties = {} } = tool.input as {
    properties?: Record<string, { description?: unknown } | undefined>;
  }; // as profiled
  const lines = missing.map((name) => {
    const description = properties[name]?.description;
    return typeof description === 'string' ? `- ${name}: ${description}` : `- ${name}`;
  });
  return `To use ${tool.name} I need to know:\n${lines.join('\n')}\n\nPlease ask again with that in the same message.`;
}

function introduce({ question }: Conversation, tools: readonly ModelTool[]): string {
  const self = 'I am llm-local, a stand-in that needs no key and no network, and no language model.';
  if (tools.length === 0) {
    return `${self} I can choose tools and quote what they find, but this agent has none. Give it tools, or a model such as openai/… for free conversation.`;
  }
  const list = tools.map(({ name, description }) => `- ${name}: ${firstSentence(description)}`).join('\n');
  const greeting = contentWords(question).length === 0 ? '' : 'None of my tools fits this message. ';
  return `${greeting}${self} I answer with these tools:\n${list}`;
}

function firstSentence(text: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;
}
