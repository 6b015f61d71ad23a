// Codes of errors, of close frames and of problem documents: what a client should do follows from the hundreds.

export type Action = "retry" | "resubscribe" | "correct" | "give up";

/** The codes that this client names itself; any other is judged by its hundreds alone. */
export const Code = {
  MALFORMED: 4200,
  TOO_LARGE: 4201,
  UNKNOWN_KIND: 4202,
  ALREADY_SUBSCRIBED: 4205,
} as const;

/** The action for any number, known or not: outside the protocol's ranges (1006, 1012, ...) it is to retry. */
export function actionOf(code: number): Action {
  switch (Math.floor(code / 100)) {
    case 41:
      return "resubscribe";
    case 42:
      return "correct";
    case 43:
      return "give up";
    default:
      return "retry";
  }
}
