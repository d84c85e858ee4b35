import socket,itertools
S=socket
def mk(port,a,p):
    s=S.socket()
    if a: s.setsockopt(S.SOL_SOCKET,S.SO_REUSEADDR,1)
    if p: s.setsockopt(S.SOL_SOCKET,S.SO_REUSEPORT,1)
    s.bind(('127.0.0.1',port)); s.listen(); return s
names={(0,0):'none',(1,0):'ADDR',(0,1):'PORT',(1,1):'both'}
port=9000
for old in names:
    row=[]
    for new in names:
        port+=1
        l=mk(port,*old); c=S.create_connection(('127.0.0.1',port)); x,_=l.accept(); x.close(); c.recv(1); c.close(); l.close()
        try: mk(port,*new).close(); row.append(names[new]+' ok')
        except OSError as e: row.append(names[new]+' -')
    print(names[old],'->',row)
# late uid
for h1,h2 in [('127.0.0.1','0.0.0.0'),('0.0.0.0','127.0.0.1')]:
    pass
import socket as s
a,b=s.socket(),s.socket()
for x in (a,b): x.setsockopt(S.SOL_SOCKET,S.SO_REUSEPORT,1)
a.bind(('127.0.0.1',0)); 
ps=set()
for i in range(2000):
    t=s.socket(); t.setsockopt(S.SOL_SOCKET,S.SO_REUSEPORT,1); t.bind(('127.0.0.1',0)); ps.add(t.getsockname()[1]) if not ps or 1 else 0
    if i==0: socks=[]
    socks.append(t) if len(socks)<900 else t.close()
print('900 open, distinct', len({t.getsockname()[1] for t in socks}))
