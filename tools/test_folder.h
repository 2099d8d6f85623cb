/* test_folder.h: temporary folders for tests and benches, gone when the process has ended, however it did. */
#ifndef DOCKET_TEST_FOLDER_H
#define DOCKET_TEST_FOLDER_H

#define TEST_FOLDER_LEN 48

/* The path of a new, empty one. From any thread, and from processes that a test forks. */
void test_folder(char ret[static TEST_FOLDER_LEN]);

#endif
