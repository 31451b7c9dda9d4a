import { defineCollection, type CollectionContract } from '../contract.ts';

/** Texts to be turned into vectors. */
export interface EmbedRequest {
  /** The provider's own name of the model. */
  readonly model: string;
  /** Any number of them; each has at least one character that is no white space. */
  readonly texts: readonly string[];
  /** Length of the vectors, where the model can make them of several lengths. Default the model's own. */
  readonly dimensions?: number;
  /** Whether the texts are looked for or looked up; models that make no difference ignore it. Default `document`. */
  readonly purpose?: 'query' | 'document';
}

/** The vectors of an {@link EmbedRequest}. */
export interface EmbedResponse {
  /** One for each text, in their order; all of one length. */
  readonly vectors: readonly (readonly number[])[];
  readonly usage: { readonly inputTokens: number };
}

/** What is known of a model that embeds. */
export interface EmbeddingModel {
  /** The provider's own name of it. */
  readonly name: string;
  /** Length of its vectors. Not given: it shows with the first. */
  readonly dimensions?: number;
  /** Tokens of one text that it reads; not given where that is not known. */
  readonly maxInputTokens?: number;
  /** Texts that go to it in one call; more are sent in several calls. */
  readonly textsPerCall: number;
}

/** What goes with a call. */
export interface EmbedOptions {
  /** Abort it to end the call; it must reach the socket, and the call rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Whose call it is, where limits are kept for each tenant. */
  readonly tenant?: string;
}

/** A source of embeddings. Failures are errors of {@link modelErrors}. */
export interface Embedder {
  /** Unique among embedders: the part before the slash in `provider/model`. */
  readonly provider: string;
  /** One sentence, for people. Says so if it is no trained model. */
  readonly description: string;
  /** Whether calls can work: a key is there, for example. */
  readonly available: boolean;
  /** The models it is known to have, the one to take first; others may work as well. */
  models(): Promise<readonly EmbeddingModel[]>;
  /** The same text gives the same direction, whatever it is embedded together with. */
  embed(request: EmbedRequest, options: EmbedOptions): Promise<EmbedResponse>;
}

/** Collection of {@link Embedder}. */
export const Embedder: CollectionContract<Embedder> = defineCollection<Embedder>({
  id: 'embedder',
  version: '1.0.0',
  description: 'Sources of embeddings: vectors that are near each other where texts mean alike.',
});
