/** Answers to bytes that never became a request: there is no reply object, only a socket. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { CratonError, type ErrorCode } from '@craton/protocol';
import { buildProblem, PROBLEM_CONTENT_TYPE } from '../problem.ts';
import { newRequestId } from '../request-id.ts';
import { SECURITY_HEADERS } from './headers.ts';

/**
 * Writes one problem, closes the connection, and answers the problem's code; undefined if nothing
 * could be written. The bytes that arrived are never looked at.
 */
export function answerClientError(
  errorCode: string,
  socket: Socket,
  typeBase: string,
): ErrorCode | undefined {
  // After an answer on this connection, another one could be taken for part of the first.
  if (!socket.writable || socket.bytesWritten > 0 || errorCode === 'ECONNRESET') {
    socket.destroy();
    return undefined;
  }
  const requestId = newRequestId();
  const problem = buildProblem(errorOf(errorCode), requestId, typeBase);
  const body = JSON.stringify(problem);
  const headers = {
    ...SECURITY_HEADERS,
    'Content-Type': PROBLEM_CONTENT_TYPE,
    'Content-Length': Buffer.byteLength(body),
    'X-Request-Id': requestId,
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const status = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`;
  socket.end([status, ...lines, '', body].join('\r\n'));
  return problem.code;
}

function errorOf(errorCode: string): CratonError {
  switch (errorCode) {
    case 'HPE_HEADER_OVERFLOW':
      return new CratonError('ERR_HEADERS_TOO_LARGE', 'Send fewer or shorter headers.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new CratonError('ERR_REQUEST_TIMEOUT', 'Send the whole request at once.');
    default:
      return new CratonError('ERR_HTTP', 'Send a request of HTTP/1.1.');
  }
}
