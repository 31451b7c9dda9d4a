/** What a measured job carries. */
export interface Load {
  readonly n: number;
  /** By `performance.now()`: when it was added. */
  readonly at: number;
}

/** Where a subject keeps its jobs. */
export interface Places {
  /** A folder of its own. */
  readonly folder: string;
  readonly postgres: string;
  readonly redis: string;
}

/** A queue under measurement. */
export interface QueueSubject {
  addOne(load: Load): Promise<unknown>;
  addMany(loads: readonly Load[]): Promise<unknown>;
  /** Begins to work; resolves when ready. */
  work(handler: (load: Load) => Promise<number>, concurrency: number): Promise<unknown>;
  /** How many jobs were completed, as the back end has it. */
  completed(): Promise<number>;
  close(): Promise<void>;
}

/** Opens a subject; each in a process of its own. */
export type OpenSubject = (places: Places) => Promise<QueueSubject>;
