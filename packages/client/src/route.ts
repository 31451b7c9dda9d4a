/** Where an operation is sent. */
export interface Route {
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  /** Its answer is a stream of events. */
  readonly events?: true;
  /** How it goes through pages, where it does. */
  readonly page?: Page;
}

/** How the next page is asked for. */
interface Page {
  /** Which field of the answer is the list. */
  readonly items: string;
  /** The parameter that says where a page begins. */
  readonly from: string;
  /** What it is given: the answer's `next`, or this field of the last item; without it, the last item. */
  readonly by?: string;
}
