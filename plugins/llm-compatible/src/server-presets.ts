import type { ServerQuirks } from './config.ts';

/** What is known of a kind of server. */
export interface ServerPreset {
  /** For people. */
  readonly title: string;
  /** Where it usually is; servers without one have to be given theirs. */
  readonly baseUrl?: string;
  /** The environment variable its key is usually in; servers without one need no key. */
  readonly keyVariable?: string;
  readonly quirks?: Partial<ServerQuirks>;
  readonly embeddingModels?: readonly string[];
}

/** How most servers are. */
export const usualQuirks: ServerQuirks = {
  tokenLimit: 'max_tokens',
  structuredOutput: 'json_schema',
  streamUsage: true,
};

/** Kinds of servers, by the names people give them. */
export const serverPresets: Readonly<Record<string, ServerPreset>> = {
  ollama: {
    title: 'Ollama',
    baseUrl: 'http://127.0.0.1:11434/v1',
    embeddingModels: ['nomic-embed-text', 'mxbai-embed-large', 'all-minilm'],
  },
  vllm: { title: 'vLLM', baseUrl: 'http://127.0.0.1:8000/v1' },
  lmstudio: { title: 'LM Studio', baseUrl: 'http://127.0.0.1:1234/v1' },
  llamacpp: { title: 'llama.cpp', baseUrl: 'http://127.0.0.1:8080/v1' },
  localai: { title: 'LocalAI', baseUrl: 'http://127.0.0.1:8080/v1' },
  litellm: { title: 'a LiteLLM gateway', baseUrl: 'http://127.0.0.1:4000/v1' },
  openrouter: {
    title: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyVariable: 'OPENROUTER_API_KEY',
  },
  groq: { title: 'Groq', baseUrl: 'https://api.groq.com/openai/v1', keyVariable: 'GROQ_API_KEY' },
  mistral: {
    title: 'Mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    keyVariable: 'MISTRAL_API_KEY',
    quirks: { streamUsage: false },
    embeddingModels: ['mistral-embed'],
  },
  deepseek: {
    title: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com/v1',
    keyVariable: 'DEEPSEEK_API_KEY',
    quirks: { structuredOutput: 'json_object' },
  },
  together: {
    title: 'Together',
    baseUrl: 'https://api.together.xyz/v1',
    keyVariable: 'TOGETHER_API_KEY',
  },
  gemini: {
    title: 'Google Gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    keyVariable: 'GEMINI_API_KEY',
    embeddingModels: ['gemini-embedding-001'],
  },
  xai: { title: 'xAI', baseUrl: 'https://api.x.ai/v1', keyVariable: 'XAI_API_KEY' },
};
