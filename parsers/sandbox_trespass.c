/* The things a document that took over its parser would try first. */
#include "own.h"
#include "sandbox.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

const char *const sandbox_trespasses[] = {
    "open", "write_file", "unlink",     "socket",    "connect",    "fork",     "thread", "execve", "ptrace",
    "kill", "mmap_x",     "mprotect_x", "setrlimit", "process_vm", "io_uring", "sigio",  NULL};

/* Raw calls: the C library may answer some of them without asking the kernel. */
void
sandbox_trespass(const char *what)
{
	static char page[8192];
	void *aligned = (void *)(((uintptr_t)page + 4095) & ~(uintptr_t)4095);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = 0x5000, .sin_addr = {0x0100007f}};
	char *const argv[] = {(char[]){"sh"}, NULL};
	if (strcmp(what, "open") == 0)
		syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
	else if (strcmp(what, "write_file") == 0)
		syscall(SYS_openat, AT_FDCWD, "/tmp/docket-trespass", O_WRONLY | O_CREAT, 0600);
	else if (strcmp(what, "unlink") == 0)
		syscall(SYS_unlink, "/tmp/docket-trespass");
	else if (strcmp(what, "socket") == 0)
		syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	else if (strcmp(what, "connect") == 0)
		syscall(SYS_connect, 3, &to, sizeof to);
	else if (strcmp(what, "fork") == 0)
		syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	else if (strcmp(what, "thread") == 0)
		syscall(SYS_clone3, NULL, 0);
	else if (strcmp(what, "execve") == 0)
		syscall(SYS_execve, "/bin/sh", argv, argv + 1);
	else if (strcmp(what, "ptrace") == 0)
		syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0);
	else if (strcmp(what, "kill") == 0)
		syscall(SYS_kill, 1, 0);
	else if (strcmp(what, "mmap_x") == 0)
		syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		        -1, 0);
	else if (strcmp(what, "mprotect_x") == 0)
		syscall(SYS_mprotect, aligned, 4096, PROT_READ | PROT_EXEC);
	else if (strcmp(what, "setrlimit") == 0)
		syscall(SYS_prlimit64, 0, 0, NULL, NULL);
	else if (strcmp(what, "process_vm") == 0)
		syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0);
	else if (strcmp(what, "io_uring") == 0)
		syscall(SYS_io_uring_setup, 1, NULL);
	else if (strcmp(what, "sigio") == 0)
		syscall(SYS_fcntl, 0, F_SETOWN, getppid());
}
