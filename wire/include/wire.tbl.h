/* X(NAME, from, to, payload, carries a descriptor) */
X(READY, parser, worker, wire_ready, 0)
X(PARSE_REQUEST, worker, parser, wire_parse_request, 1)
X(PARSE_PROGRESS, parser, worker, wire_parse_progress, 0)
X(PARSE_PICTURE, parser, worker, wire_parse_picture, 1)
X(PARSE_ATTACHMENT, parser, worker, wire_parse_attachment, 1)
X(PARSE_DONE, parser, worker, wire_parse_done, 1)
X(PARSE_FAILED, parser, worker, wire_parse_failed, 0)
