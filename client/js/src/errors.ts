// Errors of the protocol's client side.

/** Bytes from a peer that are no message of the protocol; `code` is of the protocol's table. */
export class DecodeError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = "DecodeError";
    this.code = code;
  }
}
