import { Refusal } from "./envelope.ts";

/**
 * Reads a body of JSON, up to a number of bytes; no body at all counts as `{}`.
 * Throws a refusal for what is too large, of another type, or no JSON.
 */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > limit) throw tooLarge(limit);
  const text = await readText(request, limit);
  if (text === "") return {};
  const type = request.headers.get("content-type") ?? "";
  // A form on a foreign page cannot send this type without being asked first.
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    throw new Refusal(415, "NOT_JSON", "expected content-type application/json");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "INVALID_JSON", "the body is no JSON");
  }
}

async function readText(request: Request, limit: number): Promise<string> {
  if (!request.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.length;
    if (bytes > limit) throw tooLarge(limit);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function tooLarge(limit: number): Refusal {
  return new Refusal(413, "BODY_TOO_LARGE", `the body has more than ${limit} bytes`);
}
