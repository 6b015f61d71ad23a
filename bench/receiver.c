/* Many WebSocket readers in one thread, which count what they get and do nothing else.
 *
 * usage: receiver PORT PATH SOCKETS GREETING_FRAMES SUBSCRIBE_HEX [HEADER]...
 *   connects to 127.0.0.1, AT_ONCE handshakes at a time; sends the bytes SUBSCRIBE_HEX ("-" for none), which the caller has
 *   masked, behind each handshake's answer; a socket is settled when GREETING_FRAMES frames came (0: at once).
 *   "@FILE" in place of SUBSCRIBE_HEX or of a HEADER: each socket has the next line of that file, from the first again
 *   after the last.
 *   Prints "settled SOCKETS" when all are. Then each line on its input is answered with one line: "times" with
 *   "count N p50 US p99 US max US", how long the frames with "@@" and 16 hex digits of CLOCK_MONOTONIC nanoseconds were
 *   under way (of each frame the first stamp counts, and only of frames that came whole in one read); any other with
 *   "frames F bytes B reads R closed C". Both count from the previous such line on. Pings are answered. Ends at the end
 *   of input. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 64, MOST_EVENTS = 256, READ_BYTES = 1 << 20, MOST_REQUEST = 4096, MOST_TIMES = 1 << 20 };

struct reader {
    int fd;
    int is_open;           /* the handshake was answered */
    int is_settled;
    long greeting;         /* frames that are still to come before it is settled */
    uint64_t skip;         /* bytes of the frame under way that are still to come */
    unsigned char part[16]; /* the beginning of a frame's head, or of the end of the handshake */
    int part_size;
};

static struct reader *readers;
static int reader_count, begun, settled, greeting_frames, queue;
static const char *port, *path;
static struct lines {
    char **line;
    int count;
} subscribes, headers[8]; /* what was given: one line for all sockets, or one each */
static int header_count;
static unsigned long frames, bytes, reads, closed;
static uint32_t times_us[MOST_TIMES];
static int time_count;
static struct sockaddr_in there = {.sin_family = AF_INET};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

/* The lines of "@FILE", or the word itself as the only one. */
static struct lines read_lines(char *word) {
    struct lines lines = {calloc(1, sizeof(char *)), 1};
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    lines.line[0] = word;
    if (word[0] != '@') return lines;
    FILE *file = fopen(word + 1, "r");
    if (!file) fail(word + 1);
    for (lines.count = 0; (size = getline(&line, &room, file)) > 0; lines.count++) {
        while (size && line[size - 1] == '\n') line[--size] = 0;
        lines.line = realloc(lines.line, (lines.count + 1) * sizeof(char *));
        lines.line[lines.count] = strdup(line);
    }
    if (!lines.count) fail("no lines");
    fclose(file);
    return lines;
}

static char *line_of(const struct lines *lines, const struct reader *reader) {
    return lines->line[(reader - readers) % lines->count];
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void note_time(const unsigned char *payload, size_t size) {
    const unsigned char *stamp = memmem(payload, size, "@@", 2);
    char digits[17] = "";
    if (!stamp || stamp + 18 > payload + size || time_count == MOST_TIMES) return;
    memcpy(digits, stamp + 2, 16);
    times_us[time_count++] = (uint32_t)((now_ns() - strtoull(digits, NULL, 16)) / 1000);
}

static int compare(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void print_times(void) {
    qsort(times_us, time_count, sizeof *times_us, compare);
    if (!time_count) puts("count 0 p50 0 p99 0 max 0");
    else
        printf("count %d p50 %u p99 %u max %u\n", time_count, times_us[time_count / 2],
               times_us[(int)((time_count - 1) * 0.99)], times_us[time_count - 1]);
    time_count = 0;
}

static void watch(int fd, void *who) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = who};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
}

static void ask(struct reader *reader) {
    char request[MOST_REQUEST];
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n",
                        path, port);
    for (int i = 0; i < header_count; i++)
        size += snprintf(request + size, sizeof request - size, "%s\r\n", line_of(&headers[i], reader));
    size += snprintf(request + size, sizeof request - size, "\r\n");
    if (write(reader->fd, request, size) != size) fail("handshake");
}

static void begin_next(void) {
    int on = 1;
    if (begun == reader_count) return;
    struct reader *reader = &readers[begun++];
    reader->fd = socket(AF_INET, SOCK_STREAM, 0);
    reader->greeting = greeting_frames;
    setsockopt(reader->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(reader->fd, (struct sockaddr *)&there, sizeof there)) fail("connect");
    ask(reader);
    fcntl(reader->fd, F_SETFL, O_NONBLOCK);
    watch(reader->fd, reader);
}

static void settle(struct reader *reader) {
    if (reader->is_settled) return;
    reader->is_settled = 1;
    begin_next();
    if (++settled == reader_count) {
        printf("settled %d\n", settled);
        fflush(stdout);
    }
}

/* Pings here are empty, or small and whole in one read: their payload is not needed, as nobody compares it. */
static void answer_ping(struct reader *reader) {
    static const unsigned char pong[] = {0x8a, 0x80, 0, 0, 0, 0};
    if (write(reader->fd, pong, sizeof pong) != sizeof pong) closed++;
}

static void count_frame(struct reader *reader, int opcode) {
    if (opcode == 9) answer_ping(reader);
    if (opcode > 2) return;
    frames++;
    if (!reader->is_settled && --reader->greeting <= 0) settle(reader);
}

/* Takes one frame's head from the bytes; 0 if it is not whole. */
static size_t take_head(const unsigned char *at, size_t size, uint64_t *payload) {
    size_t head = 2;
    if (size < 2) return 0;
    *payload = at[1] & 127;
    if (*payload == 126) {
        head = 4;
        if (size < head) return 0;
        *payload = (uint64_t)at[2] << 8 | at[3];
    } else if (*payload == 127) {
        head = 10;
        if (size < head) return 0;
        *payload = 0;
        for (int i = 2; i < 10; i++) *payload = *payload << 8 | at[i];
    }
    return head;
}

static void take_frames(struct reader *reader, const unsigned char *at, size_t size) {
    while (size) {
        uint64_t payload;
        size_t step = reader->skip < size ? reader->skip : size;
        at += step;
        size -= step;
        reader->skip -= step;
        if (!size) return;
        size_t head = take_head(at, size, &payload);
        if (!head) { /* seldom: a head cut by the end of a read */
            memcpy(reader->part, at, size);
            reader->part_size = (int)size;
            return;
        }
        count_frame(reader, at[0] & 15);
        at += head;
        size -= head;
        if (payload <= size) note_time(at, payload);
        reader->skip = payload;
    }
}

static void send_subscribe(struct reader *reader) {
    unsigned char subscribe[MOST_REQUEST];
    const char *hex = line_of(&subscribes, reader);
    int size = 0;
    if (hex[0] == '-') return;
    for (unsigned value; hex[0] && hex[1]; hex += 2) {
        if (sscanf(hex, "%2x", &value) != 1 || size == sizeof subscribe) exit(2);
        subscribe[size++] = (unsigned char)value;
    }
    if (write(reader->fd, subscribe, size) != size) fail("subscribe");
}

static void take_answer(struct reader *reader, unsigned char *at, size_t size) {
    unsigned char *end = memmem(at, size, "\r\n\r\n", 4);
    if (!end) {
        fprintf(stderr, "the handshake's answer came in pieces\n");
        exit(1);
    }
    if (size < 12 || memcmp(at + 9, "101", 3)) {
        fprintf(stderr, "no WebSocket: %.*s\n", (int)(size < 300 ? size : 300), at);
        exit(1);
    }
    reader->is_open = 1;
    send_subscribe(reader);
    if (!greeting_frames) settle(reader);
    take_frames(reader, end + 4, at + size - end - 4);
}

static void take(struct reader *reader) {
    static unsigned char buffer[READ_BYTES + 16];
    int kept = reader->part_size;
    memcpy(buffer, reader->part, kept);
    reader->part_size = 0;
    ssize_t size = read(reader->fd, buffer + kept, READ_BYTES);
    if (size <= 0) {
        if (size < 0 && errno == EAGAIN) return;
        closed++;
        close(reader->fd);
        return;
    }
    reads++;
    bytes += size;
    if (reader->is_open) take_frames(reader, buffer, kept + size);
    else take_answer(reader, buffer, size);
}

int main(int count, char **words) {
    struct epoll_event events[MOST_EVENTS];
    char line[64];
    if (count < 6) {
        fputs("usage: receiver PORT PATH SOCKETS GREETING_FRAMES SUBSCRIBE_HEX [HEADER]...\n", stderr);
        return 2;
    }
    port = words[1];
    path = words[2];
    there.sin_port = htons((unsigned short)atoi(port));
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    reader_count = atoi(words[3]);
    greeting_frames = atoi(words[4]);
    subscribes = read_lines(words[5]);
    for (int i = 6; i < count && header_count < 8; i++) headers[header_count++] = read_lines(words[i]);
    queue = epoll_create1(0);
    readers = calloc(reader_count, sizeof *readers);
    watch(0, NULL);
    for (int i = 0; i < AT_ONCE; i++) begin_next();
    for (;;) {
        int ready = epoll_wait(queue, events, MOST_EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr) {
                take(events[i].data.ptr);
                continue;
            }
            ssize_t size = read(0, line, sizeof line);
            if (size <= 0) return 0;
            if (!strncmp(line, "times", 5)) {
                print_times();
                fflush(stdout);
                continue;
            }
            printf("frames %lu bytes %lu reads %lu closed %lu\n", frames, bytes, reads, closed);
            fflush(stdout);
            frames = bytes = reads = 0;
        }
    }
}
